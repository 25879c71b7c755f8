namespace Broker.Auditor;

/// <summary>Collects what is wrong; bounded, for a broken log may break a promise at every entry.</summary>
internal sealed class Findings
{
    private readonly List<Violation> _kept = [];

    public long Count { get; private set; }

    public IReadOnlyList<Violation> Kept => _kept;

    public void Add(Promise promise, string log, long position, string sentence)
    {
        Count++;
        if (_kept.Count < AuditVerdict.ViolationsMax) _kept.Add(new Violation(promise, log, position, sentence));
    }
}

/// <summary>Names the place of what is wrong.</summary>
internal sealed class LogFindings(Findings findings, string log)
{
    public long Position { get; set; }

    public string Log => log;

    public void Add(Promise promise, string sentence) => findings.Add(promise, log, Position, sentence);

    public void Add(Promise promise, long position, string sentence) => findings.Add(promise, log, position, sentence);

    /// <summary>Notes the sentence unless the condition holds; tells whether it does.</summary>
    public bool Check(bool holds, Promise promise, string sentence)
    {
        if (!holds) Add(promise, sentence);
        return holds;
    }
}
