using Broker.Benchmarks;

return await BenchmarkProgram.RunAsync(args);
