using Broker.Client;
using Broker.Gateway.Identity;
using Broker.Hosting;

namespace Broker.Cli.Demo;

/// <summary>The demo's node, and connections to it as anybody.</summary>
internal sealed class DemoNode(BrokerNode node) : IDisposable
{
    private readonly List<BrokerConnection> _connections = [];

    /// <summary>Where it listens.</summary>
    public string Address => node.Address.ToString().TrimEnd('/');

    /// <summary>Its data directory.</summary>
    public string DataDirectory => node.DataDirectory;

    public BrokerConnection AsAdmin(string platform) => As(new VerifiedCaller { Subject = $"admin of {platform}", Roles = Roles.PlatformAdmin, Platform = platform });

    public BrokerConnection AsBusiness(string platform) => As(new VerifiedCaller { Subject = $"business team of {platform}", Roles = Roles.Business, Platform = platform });

    public BrokerConnection AsApprover(string platform) => As(new VerifiedCaller { Subject = $"approver of {platform}", Roles = Roles.Approver, Platform = platform });

    public BrokerConnection AsPartner(string partner) => As(new VerifiedCaller { Subject = partner, Roles = Roles.Partner, Partner = partner });

    public BrokerConnection AsUser(string platform, string user) => As(new VerifiedCaller { Subject = user, Roles = Roles.User, Platform = platform, User = user });

    public BrokerConnection AsOperator() => As(new VerifiedCaller { Subject = "operator", Roles = Roles.Operator });

    public BrokerConnection AsAuditor() => As(new VerifiedCaller { Subject = "regulator", Roles = Roles.Auditor });

    public void Dispose() => _connections.ForEach(connection => connection.Dispose());

    private BrokerConnection As(VerifiedCaller caller)
    {
        var connection = new BrokerConnection(new BrokerConnectionOptions
        {
            Address = node.Address,
            Token = _ => ValueTask.FromResult(node.Identity.Mint(caller, TimeSpan.FromMinutes(10))),
        });
        _connections.Add(connection);
        return connection;
    }
}
