using DurableTask.Core;

namespace DtfxWorker;

sealed class Echo : TaskOrchestration<string, string>
{
    public override Task<string> RunTask(OrchestrationContext context, string input) => Task.FromResult(input);
}

sealed class Fail : TaskOrchestration<string, string>
{
    public override Task<string> RunTask(OrchestrationContext context, string input) => throw new InvalidOperationException("meant to fail");
}

sealed class CallQuick : TaskOrchestration<string, string>
{
    public override Task<string> RunTask(OrchestrationContext context, string input) =>
        context.ScheduleTask<string>("Quick", "", input);
}

sealed class CallSlow : TaskOrchestration<string, string>
{
    public override Task<string> RunTask(OrchestrationContext context, string input) =>
        context.ScheduleTask<string>("Slow", "", input);
}

/// <summary>Returns while an activity of its own still executes, as a WhenAny without a cancel does.</summary>
sealed class LeaveSlowBehind : TaskOrchestration<string, string>
{
    public override async Task<string> RunTask(OrchestrationContext context, string input)
    {
        Task<string> slow = context.ScheduleTask<string>("Slow", "", input);
        Task<string> quick = context.ScheduleTask<string>("Quick", "", input);
        return await await Task.WhenAny(slow, quick);
    }
}

/// <summary>Waits for an event `go`, then ends.</summary>
class WaitEvent : TaskOrchestration<string, string>
{
    readonly TaskCompletionSource<string> raised = new();

    public override Task<string> RunTask(OrchestrationContext context, string input) => this.raised.Task;

    public override void OnEvent(OrchestrationContext context, string name, string input)
    {
        if (name == "go") this.raised.TrySetResult(input);
    }
}

sealed class WaitTimer : TaskOrchestration<string, string>
{
    public override Task<string> RunTask(OrchestrationContext context, string input) =>
        context.CreateTimer(context.CurrentUtcDateTime.AddHours(1), "due");
}

sealed class CancelTimer : TaskOrchestration<string, string>
{
    public override Task<string> RunTask(OrchestrationContext context, string input) => RunAsync(context, input);

    public static async Task<string> RunAsync(OrchestrationContext context, string input)
    {
        using var cancel = new CancellationTokenSource();
        Task<string> timer = context.CreateTimer(context.CurrentUtcDateTime.AddHours(1), "due", cancel.Token);
        Task<string> quick = context.ScheduleTask<string>("Quick", "", input);
        Task<string> first = await Task.WhenAny(timer, quick);
        cancel.Cancel();
        return await first;
    }
}

/// <summary>Leaves the cancelled timer behind in its first execution and ends in its second.</summary>
sealed class CancelTimerAndContinue : TaskOrchestration<string, string>
{
    public override async Task<string> RunTask(OrchestrationContext context, string input)
    {
        if (input == "second") return "done";
        await CancelTimer.RunAsync(context, input);
        context.ContinueAsNew("second");
        return "";
    }
}

sealed class Parent : TaskOrchestration<string, string>
{
    public override Task<string> RunTask(OrchestrationContext context, string input) =>
        context.CreateSubOrchestrationInstance<string>("Echo", "", $"{context.OrchestrationInstance.InstanceId}-child", input);
}

/// <summary>Starts an orchestration without waiting for it and ends.</summary>
sealed class FireAndForget : TaskOrchestration<string, string>
{
    public override Task<string> RunTask(OrchestrationContext context, string input)
    {
        var tags = new Dictionary<string, string> { [OrchestrationTags.FireAndForget] = "" };
        _ = context.CreateSubOrchestrationInstance<string>("Echo", "", $"{context.OrchestrationInstance.InstanceId}-child", input, tags);
        return Task.FromResult("started");
    }
}

/// <summary>Waits for an event `go`, then starts over with its count one higher, for ever.</summary>
sealed class Eternal : TaskOrchestration<string, string>
{
    readonly TaskCompletionSource<string> raised = new();

    public override async Task<string> RunTask(OrchestrationContext context, string input)
    {
        await this.raised.Task;
        context.ContinueAsNew($"{input}+");
        return "";
    }

    public override void OnEvent(OrchestrationContext context, string name, string input)
    {
        if (name == "go") this.raised.TrySetResult(input);
    }
}
