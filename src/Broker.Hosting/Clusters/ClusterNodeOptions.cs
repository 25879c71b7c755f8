using System.ComponentModel.DataAnnotations;
using Broker.Gateway.Identity.Issuers;
using Broker.Gateway.Pulls;
using Broker.Grains.Logs;
using Broker.Grains.Merges;
using Broker.Grains.Partitions;
using Broker.Grains.Tokens;
using Broker.Hosting.Telemetry;
using Broker.Hosting.Tls;
using Broker.Storage.Imports;
using Broker.Storage.Objects.Caching;
using Broker.Storage.Objects.S3;
using Microsoft.Extensions.Options;

namespace Broker.Hosting.Clusters;

/// <summary>One process of a cluster. The root of the configuration: a JSON file, over it <c>BROKER_…</c> variables.</summary>
public sealed class ClusterNodeOptions
{
    /// <summary>Name of the cluster, unless it is told otherwise.</summary>
    public const string DefaultClusterId = "broker";

    /// <summary>What to tell an operator who named no object store.</summary>
    public const string ObjectsMissing = "Objects is missing: set BROKER_OBJECTS to a directory that all nodes share, or to s3://BUCKET/PREFIX.";

    internal const string DatabaseMissing = "Database is missing: set BROKER_DATABASE to a connection string, as in 'Host=db;Username=broker;Password=…;Database=broker'.";

    /// <summary>Name of the cluster: its nodes have the same. 1 to 60 lower-case letters, digits and dashes. Default <c>broker</c>.</summary>
    [Required]
    [RegularExpression("[a-z0-9][a-z0-9-]{0,59}", ErrorMessage = "ClusterId has 1 to 60 lower-case letters, digits and dashes.")]
    public string ClusterId { get; set; } = DefaultClusterId;

    /// <summary>This node's name among the others, for people. Default: one that is made up.</summary>
    [MaxLength(100)]
    public string? Name { get; set; }

    /// <summary>What the process does. Default both.</summary>
    public NodeRoles Roles { get; set; } = NodeRoles.Both;

    /// <summary>The PostgreSQL database of logs, membership, reminders and grain storage, as a connection string of Npgsql. No default.</summary>
    [Required(ErrorMessage = DatabaseMissing)]
    public string Database { get; set; } = "";

    /// <summary>The database of users' keys. It must never lie in the same backup as the logs, or an erasure is undone by a restore.
    /// Default: on the same server, the logs' database's name with <c>_keys</c>.</summary>
    public string? KeysDatabase { get; set; }

    /// <summary>Where segments and snapshots lie: a directory that all nodes share, or <c>s3://BUCKET/PREFIX</c>. No default.</summary>
    [Required(ErrorMessage = ObjectsMissing)]
    public string Objects { get; set; } = "";

    /// <summary>A directory of this node's own, held by one process: spools of imports, the cache of objects, and the embedded key where
    /// one is used. Made where it is missing. No default.</summary>
    [Required(ErrorMessage = "DataDirectory is missing: name it with --data.")]
    public string DataDirectory { get; set; } = "";

    /// <summary>The address that other nodes reach this silo at. Default 127.0.0.1.</summary>
    public string SiloAddress { get; set; } = "127.0.0.1";

    /// <summary>The port for other silos, 0 to 65,535; 0 takes any that is free. Default 11111.</summary>
    [Range(0, 65_535)]
    public int SiloPort { get; set; } = 11_111;

    /// <summary>The port for gateways, 0 to 65,535; 0 takes any that is free. Default 30000.</summary>
    [Range(0, 65_535)]
    public int SiloGatewayPort { get; set; } = 30_000;

    /// <summary>Where gRPC is listened for: <c>ADDRESS:PORT</c>; port 0 takes any that is free. A node that is silo alone serves health
    /// there and nothing else. Default 127.0.0.1:5270.</summary>
    [Required]
    public string Listen { get; set; } = "127.0.0.1:5270";

    /// <summary>Directory of the embedded signing key, which gateways on one machine may share; loopback only. Default: in the data directory.</summary>
    public string? IdentityDirectory { get; set; }

    /// <summary>Whether tokens of the embedded key are believed; never beyond loopback. Default: where <see cref="Listen"/> is a loopback address.</summary>
    /// <remarks>Whoever may read the key may be anybody. Say false where a proxy on this machine brings callers from elsewhere.</remarks>
    public bool? IsEmbeddedKeyUsed { get; set; }

#pragma warning disable SYSLIB1213 // Checked by IdentityChoice, and only where callers are: a silo alone has none.
    /// <summary>External issuers of tokens (OpenID Connect), at most 32. Default none; a gateway beyond loopback needs one.</summary>
    public IList<OidcOptions> Issuers { get; set; } = [];
#pragma warning restore SYSLIB1213

    /// <summary>How long a stop may take before what is under way is cut off; the logs bear that. Seconds, 1 to 300. Default 25: a
    /// scheduler that kills after 30 leaves time to leave.</summary>
    [Range(1, 300)]
    public int StopSeconds { get; set; } = 25;

    /// <summary>How often every log is woken, so that what has come due in it is done. Seconds, 60 to 86,400. Default 60.</summary>
    [Range(60, 86_400)]
    public int WakePeriodSeconds { get; set; } = 60;

    /// <summary>Most difference between this node's clock and the database's with which it starts. Milliseconds, 1 to 1,000. Default 1,000.</summary>
    [Range(1, 1_000)]
    public int SkewMillisecondsMax { get; set; } = 1_000;

    /// <summary>Whether grains move when silos join, so that each holds its share. Default true.</summary>
    public bool IsRebalanced { get; set; } = true;

    /// <summary>TLS between callers and this gateway; needed beyond loopback.</summary>
    [ValidateObjectMembers]
    public GatewayTlsOptions Tls { get; set; } = new();

    /// <summary>TLS between the nodes; needed beyond loopback.</summary>
    [ValidateObjectMembers]
    public SiloTlsOptions SiloTls { get; set; } = new();

    /// <summary>How soon a silo counts as dead.</summary>
    [ValidateObjectMembers]
    public MembershipOptions Membership { get; set; } = new();

    /// <summary>Calls between nodes.</summary>
    [ValidateObjectMembers]
    public CallOptions Calls { get; set; } = new();

    /// <summary>Bounds of each log's writer.</summary>
    public LogOptions Logs { get; set; } = new();

    /// <summary>How long a gateway may send what was released. The same on every node: one that has another than the cluster's database holds does
    /// not start.</summary>
    [ValidateObjectMembers]
    public SendLeaseOptions Leases { get; set; } = new();

    /// <summary>Bounds of what callers may ask of a gateway.</summary>
    [ValidateObjectMembers]
    public Broker.Gateway.GatewayOptions Gateway { get; set; } = new();

    /// <summary>Bounds of pulls.</summary>
    [ValidateObjectMembers]
    public PullOptions Pulls { get; set; } = new();

#pragma warning disable SYSLIB1212 // Checked by ClusterObjects, and only where the objects are not files.
    /// <summary>How an S3-compatible object store is reached; bucket and prefix stand in <see cref="Objects"/>. Checked where it is used.</summary>
    public S3Options S3 { get; set; } = new();

    /// <summary>Local copies of objects that are no files. Checked where it is used.</summary>
    public ObjectCacheOptions Cache { get; set; } = new();
#pragma warning restore SYSLIB1212

    /// <summary>Metrics.</summary>
    [ValidateObjectMembers]
    public TelemetryOptions Telemetry { get; set; } = new();

    /// <summary>Bounds of imports.</summary>
    [ValidateObjectMembers]
    public ImportOptions Imports { get; set; } = new();

    /// <summary>When segments are merged, and how fast. The same on every silo.</summary>
    [ValidateObjectMembers]
    public MergeOptions Merges { get; set; } = new();

    /// <summary>How fast tokens are counted.</summary>
    [ValidateObjectMembers]
    public TokenOptions Tokens { get; set; } = new();
}

/// <summary>Checks the ranges of <see cref="ClusterNodeOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class ClusterNodeOptionsValidator : IValidateOptions<ClusterNodeOptions>;
