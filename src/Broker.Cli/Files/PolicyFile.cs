using Broker.Protos.V1;

namespace Broker.Cli.Files;

/// <summary>A platform's policy in a file; <c>docs/policy-file.md</c> describes it.</summary>
internal static class PolicyFile
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="Output.CliException">It cannot be read, or has wrong fields.</exception>
    public static Policy Read(string path) => JsonFile.Read(path, Read);

    private static Policy Read(JsonFields fields) => new()
    {
        Version = checked((int)Math.Clamp(fields.Whole("version", isRequired: false), int.MinValue, int.MaxValue)),
        Kinds = { fields.WordList<RecordKind>("kinds", isRequired: true) },
        Purposes = { fields.WordList<Purpose>("purposes", isRequired: true) },
        EffectiveTime = fields.Time("effective", isRequired: true),
        DefaultRule = fields.Object("default", rule => ReadRule(rule, isDefault: true), new JurisdictionRule()),
        JurisdictionRules = { fields.ObjectList("jurisdictions", rule => ReadRule(rule, isDefault: false)) },
        ObjectionChannel = fields.Text("objection", isRequired: false), // a policy without one is the node's to refuse: it says why
    };

    private static JurisdictionRule ReadRule(JsonFields fields, bool isDefault) => new()
    {
        Jurisdiction = isDefault ? "" : fields.Text("jurisdiction"),
        Regime = fields.Word<Regime>("regime"),
        NoticeDays = checked((int)Math.Clamp(fields.Whole("notice_days", isRequired: false), int.MinValue, int.MaxValue)),
    };
}
