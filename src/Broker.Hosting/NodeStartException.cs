namespace Broker.Hosting;

/// <summary>A node does not start. The message says why and what to do; nothing that was there has changed.</summary>
public sealed class NodeStartException(string message, Exception? innerException = null) : Exception(message, innerException);
