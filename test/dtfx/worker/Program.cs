// Runs the real framework on orders: one JSON object a line on standard input, one answer a line on standard output.
// `{"id":1,"do":"create","hub":{...},"name":"Echo"}` is answered with `{"id":1}` or `{"id":1,"error":"..."}`.
using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using DtfxWorker;

var hubs = new ConcurrentDictionary<string, Lazy<Hub>>();
var answers = new object();
// The framework traces; only answers belong on standard output.
TextWriter output = Console.Out;
Console.SetOut(Console.Error);

while (await Console.In.ReadLineAsync() is { } line)
{
    JsonNode order = JsonNode.Parse(line) ?? throw new InvalidDataException("an order is a JSON object");
    _ = Task.Run(() => AnswerAsync(order));
}

async Task AnswerAsync(JsonNode order)
{
    var answer = new JsonObject { ["id"] = order["id"]!.GetValue<int>() };
    try
    {
        JsonNode? result = await CarryOutAsync(order);
        if (result is not null) answer["result"] = result;
    }
    catch (Exception error)
    {
        answer["error"] = error.ToString();
    }

    lock (answers)
    {
        output.WriteLine(answer.ToJsonString());
        output.Flush();
    }
}

async Task<JsonNode?> CarryOutAsync(JsonNode order)
{
    string what = order["do"]!.GetValue<string>();
    if (what == "info") return Info.Packages();
    JsonNode wanted = order["hub"]!;
    Hub hub = hubs.GetOrAdd(wanted.ToJsonString(), _ => new Lazy<Hub>(() => new Hub(wanted.Deserialize<HubOptions>(Info.Json)!))).Value;
    string Text(string key) => order[key]?.GetValue<string>() ?? "";
    DateTime? At() => order["at"] is { } at ? DateTime.Parse(at.GetValue<string>()).ToUniversalTime() : null;
    switch (what)
    {
        case "provision": await hub.ProvisionAsync(); break;
        case "start": await hub.StartAsync(); break;
        case "stop": await hub.StopAsync(); break;
        case "create": await hub.CreateAsync(Text("name"), Text("version"), Text("instance"), Text("input"), At()); break;
        case "raise": await hub.RaiseAsync(Text("instance"), Text("event")); break;
        case "terminate": await hub.TerminateAsync(Text("instance")); break;
        case "suspend": await hub.SuspendAsync(Text("instance")); break;
        case "resume": await hub.ResumeAsync(Text("instance")); break;
        case "purge": await hub.PurgeAsync(Text("instance")); break;
        case "signal": await hub.SignalAsync(Text("instance"), Text("operation"), At()); break;
        default: throw new NotSupportedException($"no order '{what}'");
    }

    return null;
}
