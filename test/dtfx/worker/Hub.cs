using DurableTask.AzureStorage;
using DurableTask.Core;
#if ENTITIES
using DurableTask.Core.Entities;
#endif

namespace DtfxWorker;

/// <param name="Name">The task hub.</param>
/// <param name="Manager">table, safe or legacy; lines without a choice leave it unread.</param>
/// <param name="Tracking">Prefix of a tracking store that hubs share; not set: the hub has tables of its own.</param>
/// <param name="ExtendedSessions">Whether the worker keeps orchestrations in memory between their episodes.</param>
record HubOptions(
    string Name,
    int Partitions,
    string ConnectionString,
    string Manager,
    string? Tracking = null,
    bool ExtendedSessions = false);

/// <summary>One task hub: its client, and its worker while it runs.</summary>
sealed class Hub
{
    readonly AzureStorageOrchestrationService service;
    readonly TaskHubClient client;
    TaskHubWorker? worker;

    public Hub(HubOptions options)
    {
        this.service = new AzureStorageOrchestrationService(SettingsOf(options));
        this.client = new TaskHubClient(this.service);
    }

    public Task ProvisionAsync() => this.service.CreateIfNotExistsAsync();

    public async Task StartAsync()
    {
        this.worker = Catalogue.Fill(new TaskHubWorker(this.service));
        await this.service.CreateIfNotExistsAsync();
        await this.worker.StartAsync();
    }

    /// <summary>Lets go of partitions as a host does that is told to end; work that is under way is not waited for.</summary>
    public async Task StopAsync()
    {
        if (this.worker is not null) await this.worker.StopAsync(isForced: true);
        this.worker = null;
    }

    public Task CreateAsync(string name, string version, string instance, string input, DateTime? at)
    {
        if (at is not { } due) return this.client.CreateOrchestrationInstanceAsync(name, version, instance, input);
#if SCHEDULED
        return this.client.CreateScheduledOrchestrationInstanceAsync(name, version, instance, input, due);
#else
        throw new NotSupportedException("this version has no scheduled start");
#endif
    }

    public Task RaiseAsync(string instance, string name) => this.client.RaiseEventAsync(Named(instance), name, "event");

    public Task TerminateAsync(string instance) => this.client.TerminateInstanceAsync(Named(instance), "told to");

#if SUSPEND
    public Task SuspendAsync(string instance) => this.client.SuspendInstanceAsync(Named(instance), "told to");

    public Task ResumeAsync(string instance) => this.client.ResumeInstanceAsync(Named(instance), "told to");
#else
    public Task SuspendAsync(string instance) => throw new NotSupportedException("this version cannot suspend");

    public Task ResumeAsync(string instance) => throw new NotSupportedException("this version cannot resume");
#endif

    public Task PurgeAsync(string instance) => this.service.PurgeInstanceHistoryAsync(instance);

    public Task SignalAsync(string instance, string operation, DateTime? at)
    {
#if ENTITIES
        (DateTime, DateTime)? due = at is { } moment ? (moment, moment) : null;
        EntityMessageEvent signal = ClientEntityHelpers.EmitOperationSignal(Named(instance), Guid.NewGuid(), operation, "\"1\"", due);
        return this.service.SendTaskOrchestrationMessageAsync(signal.AsTaskMessage());
#else
        throw new NotSupportedException("this version has no entities");
#endif
    }

    static OrchestrationInstance Named(string instance) => new() { InstanceId = instance };

    static AzureStorageOrchestrationServiceSettings SettingsOf(HubOptions options)
    {
        var settings = new AzureStorageOrchestrationServiceSettings
        {
            TaskHubName = options.Name,
            PartitionCount = options.Partitions,
            WorkerId = "worker-1",
            ExtendedSessionsEnabled = options.ExtendedSessions,
            // Sooner than a host would, so that a run is short: the layout does not depend on it.
            MaxQueuePollingInterval = TimeSpan.FromMilliseconds(300),
            LeaseAcquireInterval = TimeSpan.FromSeconds(1),
            LeaseRenewInterval = TimeSpan.FromSeconds(1),
        };
#if CLIENT_PROVIDERS
        settings.StorageAccountClientProvider = new StorageAccountClientProvider(options.ConnectionString);
        if (options.Tracking is not null)
            settings.TrackingServiceClientProvider = new TrackingServiceClientProvider(options.ConnectionString);
#else
        settings.StorageConnectionString = options.ConnectionString;
        if (options.Tracking is not null)
            settings.TrackingStoreStorageAccountDetails = new StorageAccountDetails { ConnectionString = options.ConnectionString };
#endif
        if (options.Tracking is not null) settings.TrackingStoreNamePrefix = options.Tracking;
#if PARTITION_MANAGERS
        settings.UseTablePartitionManagement = options.Manager == "table";
        settings.UseLegacyPartitionManagement = options.Manager == "legacy";
#endif
#if ENTITIES
        settings.UseSeparateQueueForEntityWorkItems = true;
#endif
        return settings;
    }
}
