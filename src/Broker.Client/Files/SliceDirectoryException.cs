namespace Broker.Client.Files;

/// <summary>A directory that cannot be used as asked; nothing in it was changed.</summary>
/// <param name="message">What is wrong, and what to do.</param>
/// <param name="inner">What it came from, or null.</param>
public sealed class SliceDirectoryException(string message, Exception? inner = null) : IOException(message, inner);
