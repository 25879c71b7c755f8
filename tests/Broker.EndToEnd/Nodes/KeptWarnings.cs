using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Broker.EndToEnd.Nodes;

/// <summary>Keeps what a node warns of.</summary>
internal sealed class KeptWarnings : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(int Id, string Message)> _kept = new();

    /// <summary>Warnings of an event.</summary>
    public IReadOnlyList<string> Of(int eventId) => [.. _kept.Where(warning => warning.Id == eventId).Select(warning => warning.Message)];

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) _kept.Enqueue((eventId.Id, formatter(state, exception)));
    }

    public void Dispose()
    {
    }
}
