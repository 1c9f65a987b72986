using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DtfxWorker;

static class Info
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>The assemblies that write a hub, with the versions they name themselves by.</summary>
    public static JsonObject Packages()
    {
        var packages = new JsonObject();
        string folder = AppContext.BaseDirectory;
        foreach (string file in Directory.GetFiles(folder, "*.dll").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileNameWithoutExtension(file);
            bool counts = name.StartsWith("DurableTask.") || name.StartsWith("Azure.") || name.Contains("WindowsAzure.Storage");
            if (!counts) continue;
            Assembly assembly = Assembly.LoadFrom(file);
            string? version = assembly.GetCustomAttribute<AssemblyFileVersionAttribute>()?.Version;
            string? told = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
            packages[name] = told?.Split('+')[0] ?? version;
        }

        return packages;
    }
}
