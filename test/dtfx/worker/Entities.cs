#if ENTITIES
using DurableTask.Core;
using DurableTask.Core.Entities;
using DurableTask.Core.Entities.OperationFormat;

namespace DtfxWorker;

/// <summary>Counts the operations it is asked for.</summary>
sealed class Counter : TaskEntity
{
    public override Task<EntityBatchResult> ExecuteOperationBatchAsync(EntityBatchRequest operations)
    {
        int count = int.TryParse(operations.EntityState, out int before) ? before : 0;
        List<OperationRequest> asked = operations.Operations ?? [];
        var result = new EntityBatchResult
        {
            Results = asked.ConvertAll(_ => new OperationResult { Result = "1" }),
            Actions = [],
            EntityState = (count + asked.Count).ToString(),
        };
        return Task.FromResult(result);
    }
}

/// <summary>Locks the entity its input names, and holds it until an event `go`.</summary>
sealed class LockEntity : WaitEvent
{
    public override async Task<string> RunTask(OrchestrationContext context, string input)
    {
        OrchestrationInstance self = context.OrchestrationInstance;
        var entities = new OrchestrationEntityContext(self.InstanceId, self.ExecutionId, context);
        EntityMessageEvent acquire = entities.EmitAcquireMessage(Guid.Parse(self.ExecutionId), [EntityId.FromString(input)]);
        context.SendEvent(acquire.TargetInstance, acquire.EventName, acquire.AsRawInput());
        return await base.RunTask(context, input);
    }

    /// <summary>The answer of the entity is an object, which the base would refuse to read as text.</summary>
    public override void RaiseEvent(OrchestrationContext context, string name, string input)
    {
        if (name == "go") base.RaiseEvent(context, name, input);
    }
}
#endif
