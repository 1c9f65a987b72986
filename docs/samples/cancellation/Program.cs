using Microsoft.Extensions.Hosting;

// Services of your own for IReceiver and IRest go in here, with ConfigureServices.
var host = new HostBuilder().ConfigureFunctionsWorkerDefaults().Build();

await host.RunAsync();
