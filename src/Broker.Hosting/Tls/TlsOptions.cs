using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Broker.Hosting.Tls;

/// <summary>How a gateway shows who it is, and whom it asks for a certificate. Section <c>Tls</c>; see docs/tls.md.</summary>
public sealed class GatewayTlsOptions
{
    /// <summary>PEM file of the gateway's certificate, then the intermediates in order. Default none: in the clear, on loopback only.</summary>
    public string? Certificate { get; set; }

    /// <summary>PEM file of its private key, unencrypted.</summary>
    public string? Key { get; set; }

    /// <summary>Whether callers are asked for a certificate of their own. Default none.</summary>
    public ClientCertificates ClientCertificates { get; set; } = ClientCertificates.None;

    /// <summary>PEM file of the roots that callers' certificates must lead to. The machine's own roots do not count.</summary>
    public string? ClientAuthorities { get; set; }

    /// <summary>How old what was read of the files may be when a connection comes: then they are read again, and taken where they are right.
    /// 1 s to 1 day. Default 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ReloadPeriod { get; set; } = TimeSpan.FromMinutes(1);
}

/// <summary>How silos and gateways know one another. Section <c>SiloTls</c>; the same on every node. See docs/tls.md.</summary>
public sealed class SiloTlsOptions
{
    /// <summary>What the certificates of a cluster's nodes name, unless it is told otherwise.</summary>
    public const string DefaultName = "broker-silo";

    /// <summary>PEM file of this node's certificate, then the intermediates in order. Default none: in the clear, on loopback only.</summary>
    public string? Certificate { get; set; }

    /// <summary>PEM file of its private key, unencrypted.</summary>
    public string? Key { get; set; }

    /// <summary>PEM file of the roots that the other nodes' certificates must lead to. The machine's own roots do not count.</summary>
    public string? Authorities { get; set; }

    /// <summary>The DNS name that every node's certificate must hold, whatever its address: an authority may sign for others than this
    /// cluster, and addresses of silos come and go. 1 to 253 characters. Default <c>broker-silo</c>.</summary>
    [Required, MaxLength(253)]
    public string Name { get; set; } = DefaultName;

    /// <inheritdoc cref="GatewayTlsOptions.ReloadPeriod"/>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ReloadPeriod { get; set; } = TimeSpan.FromMinutes(1);
}

/// <summary>Whether callers are asked for a certificate.</summary>
public enum ClientCertificates
{
    /// <summary>They are not.</summary>
    None = 0,

    /// <summary>Who has one shows it; a wrong one is refused, as is a token that is bound to another.</summary>
    Allow = 1,

    /// <summary>Nobody calls without one.</summary>
    Require = 2,
}

/// <summary>Checks the ranges of <see cref="GatewayTlsOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class GatewayTlsOptionsValidator : IValidateOptions<GatewayTlsOptions>;

/// <summary>Checks the ranges of <see cref="SiloTlsOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class SiloTlsOptionsValidator : IValidateOptions<SiloTlsOptions>;
