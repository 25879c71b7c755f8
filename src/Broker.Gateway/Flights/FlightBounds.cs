using Broker.Gateway.Pulls;

namespace Broker.Gateway.Flights;

/// <summary>How much goes into one message of a flight.</summary>
internal static class FlightBounds
{
    private const int RowsMax = 4_096; // measured: larger messages gain nothing
    private const int BytesMax = 3 << 20;
    private const int BytesPerRow = 48; // what the columns take beside the fields: eight offsets, a time, a kind
    private const int BytesPerMessage = 2_048; // header, metadata, padding

    /// <summary>The bounds under which a message stays below the largest that callers are sent.</summary>
    /// <param name="messageBytesMax">64 KiB or more.</param>
    public static MessageBounds Below(int messageBytesMax)
    {
        var bytes = Math.Min(BytesMax, messageBytesMax / 4 * 3);
        return new(Math.Min(RowsMax, (messageBytesMax - bytes - BytesPerMessage) / BytesPerRow), bytes);
    }
}
