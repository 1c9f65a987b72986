using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace Orders;

/// <summary>Where orders go. It knows an order by its id and takes it once, because a batch that was broken off comes again.</summary>
public interface IReceiver
{
    Task DeliverOnceAsync(string order, CancellationToken cancellationToken);
}

/// <summary>
/// Register, stop, rethrow. While the token is cancelled no checkpoint is written, so that the batch belongs to whoever owns the
/// partition next; the exception has the retry policy run it again in this process, while that lives.
/// </summary>
public sealed class OrderEvents(IReceiver receiver, ILogger<OrderEvents> logger)
{
    [Function(nameof(OrderEvents))]
    [FixedDelayRetry(5, "00:00:10")]
    public async Task RunAsync(
        [EventHubTrigger("orders", Connection = "EventHubConnection")] string[] orders,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var delivered = 0;

        // Runs when the host begins to stop. It has seconds: note where the work stands, begin nothing.
        using var registration = cancellationToken.Register(() =>
            logger.LogWarning("{Id}: stopping after {Delivered} of {All}", context.InvocationId, delivered, orders.Length));

        try
        {
            foreach (var order in orders)
            {
                // Before a step and never in the middle of one: a step that has begun is allowed to end.
                cancellationToken.ThrowIfCancellationRequested();
                await receiver.DeliverOnceAsync(order, CancellationToken.None);
                delivered++;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            logger.LogWarning("{Id}: {Rest} left to the retry", context.InvocationId, orders.Length - delivered);

            // To return here would count as success: no retry would begin, and the invocation would show as done.
            throw;
        }
    }
}
