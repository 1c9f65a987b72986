using DurableTask.Core;

namespace DtfxWorker;

/// <summary>What a worker can run, by the names that situations use.</summary>
static class Catalogue
{
    public static TaskHubWorker Fill(TaskHubWorker worker)
    {
        worker.AddTaskOrchestrations(
            Orchestration<Echo>(),
            Orchestration<Fail>(),
            Orchestration<CallQuick>(),
            Orchestration<CallSlow>(),
            Orchestration<LeaveSlowBehind>(),
            Orchestration<WaitEvent>(),
            Orchestration<WaitEvent>("1.0"),
            Orchestration<WaitEvent>("2.0"),
            Orchestration<WaitTimer>(),
            Orchestration<CancelTimer>(),
            Orchestration<CancelTimerAndContinue>(),
            Orchestration<Parent>(),
            Orchestration<FireAndForget>(),
            Orchestration<Eternal>());
        worker.AddTaskActivities(Activity<Quick>(), Activity<Slow>());
#if ENTITIES
        worker.AddTaskOrchestrations(Orchestration<LockEntity>());
        worker.AddTaskEntities(new NameValueObjectCreator<DurableTask.Core.Entities.TaskEntity>("counter", "", typeof(Counter)));
#endif
        return worker;
    }

    static ObjectCreator<TaskOrchestration> Orchestration<T>(string version = "")
        where T : TaskOrchestration => new NameValueObjectCreator<TaskOrchestration>(typeof(T).Name, version, typeof(T));

    static ObjectCreator<TaskActivity> Activity<T>()
        where T : TaskActivity => new NameValueObjectCreator<TaskActivity>(typeof(T).Name, "", typeof(T));
}

sealed class Quick : TaskActivity<string, string>
{
    protected override string Execute(TaskContext context, string input) => $"quick {input}";
}

/// <summary>Never ends by itself: it is executing for as long as its process lives.</summary>
sealed class Slow : AsyncTaskActivity<string, string>
{
    protected override async Task<string> ExecuteAsync(TaskContext context, string input)
    {
        await Task.Delay(Timeout.Infinite);
        return "slow";
    }
}
