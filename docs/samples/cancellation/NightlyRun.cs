using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace Orders;

/// <summary>Where a run puts what it could not do, one message an item, such as a storage queue.</summary>
public interface IRest
{
    Task PutAsideAsync(IReadOnlyList<int> items, CancellationToken cancellationToken);
}

/// <summary>
/// A timer has no checkpoint: what an exception leaves behind is run again by the retry policy in this very process, and by nobody once
/// the process is gone (learn: functions-bindings-error-pages, "Max retry counts"). So its rest is put where another version finds it.
/// </summary>
public sealed class NightlyRun(IReceiver receiver, IRest rest, ILogger<NightlyRun> logger)
{
    [Function(nameof(NightlyRun))]
    public async Task RunAsync([TimerTrigger("0 0 2 * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        var items = Enumerable.Range(1, 10).ToList();
        while (items.Count > 0)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                logger.LogWarning("Stopping: {Rest} put aside", items.Count);
                // Not with the token: it has been cancelled, and this is what must still be done.
                await rest.PutAsideAsync(items, CancellationToken.None);
                return;
            }
            await receiver.DeliverOnceAsync(items[0].ToString(), CancellationToken.None);
            items.RemoveAt(0);
        }
    }
}
