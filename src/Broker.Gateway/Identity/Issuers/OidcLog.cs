namespace Broker.Gateway.Identity.Issuers;

/// <summary>What the node's log says of issuers.</summary>
internal static partial class OidcLog
{
    [LoggerMessage(EventId = 3301, Level = LogLevel.Information, Message = "{KeyCount} keys of the issuer {Issuer} were read.")]
    public static partial void KeysRead(ILogger logger, string issuer, int keyCount);

    [LoggerMessage(EventId = 3302, Level = LogLevel.Warning, Message = "The keys of the issuer {Issuer} could not be read; it is tried again.")]
    public static partial void KeysNotRead(ILogger logger, string issuer, Exception failure);

    [LoggerMessage(EventId = 3303, Level = LogLevel.Debug, Message = "A token of the issuer {Issuer} was refused: {Reason}.")]
    public static partial void TokenRefused(ILogger logger, string issuer, string reason);
}
