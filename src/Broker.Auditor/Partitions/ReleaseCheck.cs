using Broker.Auditor.Consents;
using Broker.Protos.Log.V1;

namespace Broker.Auditor.Partitions;

/// <summary>Proves that a release held nobody whose consent was not in force, and left out nobody whose consent was.</summary>
internal sealed class ReleaseCheck(ConsentReplay consents, SegmentBook segments, RowBook? rows, LogFindings findings)
{
    /// <summary>Slices and resends whose records' ids are partly gone for good: their number is proved, their digest is not.</summary>
    public long Nameless { get; private set; }

    public void Check(PartitionDeal deal, Slice slice)
    {
        var terms = deal.Contract.Terms;
        var excluded = slice.ExclusionsInOrder();
        var anybody = false;
        findings.Check(slice.To.User < consents.UserCount, Promise.Order, $"Slice {slice.Number} reaches user {slice.To.User}; the partition has {consents.UserCount}.");
        for (var user = Math.Max(0, slice.From.NextUser); user <= slice.To.User && user < consents.UserCount; user++)
        {
            var (left, due) = (excluded(user), NotInForce(deal, terms, slice, user));
            anybody |= (terms.Kinds & ~left) != 0;
            if (left != due) Compare(deal, slice, user, left, due);
        }

        findings.Check(anybody || slice.Charged.Records == 0, Promise.Consent, $"Slice {slice.Number} of deal {deal.Deal} holds {slice.Charged.Records} records of users who are all excluded.");
        findings.Check(
            terms.CostOf(slice.Charged) == slice.Charged.MoneyMicros, Promise.Charges,
            $"Slice {slice.Number} of deal {deal.Deal} costs {slice.Charged.MoneyMicros} micro-units; its price makes it {terms.CostOf(slice.Charged)}.");
        CheckTokens(deal, terms, slice);
        Recount(deal, slice);
    }

    /// <summary>A resend holds exactly what is still free to leave.</summary>
    public void CheckResend(PartitionDeal deal, Slice slice, Resent resent)
    {
        var name = $"Resend {resent.Resend} of slice {slice.Number} of deal {deal.Deal}";
        if (deal.TermsOf(slice.ContractVersion) is { } terms)
        {
            var sent = Sum.Of(resent.Amounts);
            findings.Check(terms.CostOf(sent) == sent.MoneyMicros, Promise.Charges, $"{name} keeps {sent.MoneyMicros} micro-units; its price makes it {terms.CostOf(sent)}.");
            if (rows is not null && terms.Tokenizer.Length > 0) CompareTokens(deal, slice, terms, sent.Tokens, $"{name} keeps");
        }

        if (rows is null) return;
        var (count, digest) = rows.Recount(deal, slice, findings.Position - 1);
        if (digest is null) Nameless++;
        findings.Check(
            count == resent.Amounts.Records && (digest is null || digest.AsSpan().SequenceEqual(resent.Digest.Span)),
            Promise.Consent,
            $"{name} sends {resent.Amounts.Records} records; consent admits {count} now, or others.");
    }

    /// <summary>A round ends when nothing of its interval is left: what it leaves, no later round offers.</summary>
    public void CheckFinished(PartitionDeal deal, Round round)
    {
        if (rows is null) return;
        var left = round.Open.Sum(range => rows.CountAvailable(deal, round, range.From, range.To, findings.Position - 1));
        findings.Check(left == 0, Promise.Intervals, $"Round {round.Number} of deal {deal.Deal} was finished with {left} records of its interval not released: the pull forgets them.");
    }

    /// <summary>What is charged by tokens rests on counts that the log named before.</summary>
    private void CheckTokens(PartitionDeal deal, Terms terms, Slice slice)
    {
        var name = $"Slice {slice.Number} of deal {deal.Deal}";
        if (terms.Tokenizer.Length == 0)
        {
            findings.Check(slice.Charged.Tokens == 0, Promise.Charges, $"{name} charges {slice.Charged.Tokens} tokens under a contract that counts none.");
            findings.Check(!terms.NeedsTokens, Promise.Charges, $"{name} was released under a contract by tokens, and nobody counted them.");
            return;
        }

        var uncounted = segments.Uncounted(terms, slice.IntervalTo).FirstOrDefault(segment => deal.Rounds[slice.Round - 1].Filter.AdmitsAny(segment));
        findings.Check(uncounted is null, Promise.Charges, $"{name} was released while the tokens of segment {uncounted?.Id} were not counted by {terms.Tokenizer}.");
        if (rows is null || uncounted is not null) return;
        CompareTokens(deal, slice, terms, slice.Charged.Tokens, $"{name} charges");
    }

    private void CompareTokens(PartitionDeal deal, Slice slice, Terms terms, long said, string name)
    {
        var (tokens, isWhole) = rows!.RecountTokens(deal, slice, terms, deal.Contract.Terms, findings.Position - 1);
        findings.Check(isWhole ? tokens == said : tokens <= said, Promise.Charges, $"{name} {said} tokens; its records have {(isWhole ? "" : "at least ")}{tokens}.");
    }

    private uint NotInForce(PartitionDeal deal, Terms terms, Slice slice, int user)
    {
        var at = findings.Position - 1;
        if (consents.IsErased(user, at)) return terms.Kinds;
        var due = 0u;
        foreach (var kind in Masks.Members(terms.Kinds))
            if (consents.Since(user, kind, terms.Purposes, deal.Partner, at) is not { } since || since > slice.IntervalTo)
                due |= 1u << kind;
        return due;
    }

    private void Compare(PartitionDeal deal, Slice slice, int user, uint left, uint due)
    {
        findings.Check(
            (due & ~left) == 0,
            Promise.Consent,
            $"Slice {slice.Number} of deal {deal.Deal} does not exclude user {user} in {Kinds(due & ~left)}; consent was not in force there by position {slice.IntervalTo}.");
        findings.Check(
            (left & ~due) == 0,
            Promise.Intervals,
            $"Slice {slice.Number} of deal {deal.Deal} excludes user {user} in {Kinds(left & ~due)}, whose consent was in force: the pull forgets them.");
    }

    private void Recount(PartitionDeal deal, Slice slice)
    {
        if (rows is null) return;
        var (count, digest) = rows.Recount(deal, slice, findings.Position - 1);
        if (digest is null) Nameless++;
        findings.Check(
            count == slice.Charged.Records,
            Promise.Charges,
            $"Slice {slice.Number} of deal {deal.Deal} charges {slice.Charged.Records} records; its range and interval hold {count} that may leave.");
        findings.Check(
            count != slice.Charged.Records || digest is null || digest.AsSpan().SequenceEqual(slice.Digest),
            Promise.Consent,
            $"Slice {slice.Number} of deal {deal.Deal} holds other records than its range, interval and consent say.");
    }

    private static string Kinds(uint kinds) => string.Join(", ", Masks.Members(kinds).Select(kind => ((RecordKind)kind).ToString()));
}
