using Broker.Domain.Deals;
using Broker.Domain.Tests.Generators;
using CsCheck;

namespace Broker.Domain.Tests.Deals;

/// <summary>Any sequence of reserve, post, void and credit over any limits, beside a model that adds every charge up anew.</summary>
public sealed class QuotaLedgerProperties
{
    private enum Verb
    {
        Reserve,
        Repeat,
        Post,
        Void,
        Credit,
        Wait,
    }

    private static readonly Gen<Step[]> Steps = Gen.Select(
        Gen.Frequency((6, Verb.Reserve), (1, Verb.Repeat), (4, Verb.Post), (2, Verb.Void), (2, Verb.Credit), (2, Verb.Wait)),
        Gen.Int[0, 12].Array[1, 5],
        Gen.Int[0, 20],
        (verb, bytes, number) => new Step(verb, bytes, number)).Array[0, 40];

    [Fact]
    public void No_sequence_of_commands_exceeds_a_limit_and_each_grant_is_the_largest_that_fits() =>
        Gen.Select(LimitGen.Terms, Steps).Sample((terms, steps) => new Run(terms).Go(steps), iter: 4_000);

    [Fact]
    public void Replay_rebuilds_the_same_totals() => Gen.Select(LimitGen.Terms, Steps).Sample(
        (terms, steps) =>
        {
            var run = new Run(terms);
            run.Go(steps);
            Assert.Equal(Describe(run.Log.State), Describe(run.Log.Replay()));
        },
        iter: 500);

    private static string Describe(DealState state)
    {
        var ledger = state.Ledger;
        var days = Enumerable.Range(0, 90).Select(day => DealRules.PeriodsAt(state.Terms, Given.Start.AddDays(day)));
        var usage = from period in days
                    from limit in state.Terms.Limits
                    select ledger.UsageOf(limit, period.Day, period.Month);
        return $"{ledger.PostedTotal} {ledger.ReservedTotal} {ledger.CreditedTotal} {string.Join(',', usage)} {string.Join(',', ledger.Pending.Select(pending => pending.Reserved.Id))}";
    }

    private sealed record Step(Verb Verb, int[] Bytes, int Number);

    private sealed class Run(ContractTerms terms)
    {
        private readonly LedgerModel _model = new(terms);
        private int _count;

        public DealLog Log { get; } = DealLog.Active(terms);

        public void Go(Step[] steps)
        {
            foreach (var step in steps)
            {
                Do(step);
                foreach (var limit in terms.Limits)
                    foreach (var charge in _model.Charges)
                        Assert.InRange(_model.Used(limit, charge.ReservedAt), 0, limit.Amount);
            }

            Compare();
        }

        private void Do(Step step)
        {
            var charge = _model.Charges.Count == 0 ? null : _model.Charges[step.Number % _model.Charges.Count];
            switch (step.Verb)
            {
                case Verb.Reserve: Reserve(step.Bytes); break;
                case Verb.Wait: Log.Now = Log.Now.AddHours(step.Number * 3); break;
                case Verb.Repeat when charge is not null: Repeat(charge); break;
                case Verb.Post when charge is not null: Post(charge, step); break;
                case Verb.Void when charge is not null: Void(charge); break;
                case Verb.Credit when charge is not null: Credit(charge, step); break;
            }
        }

        private void Reserve(int[] bytes)
        {
            var id = $"1/0/{++_count}/{_count}@1";
            var decision = Log.Do((state, now) => DealRules.Reserve(state, id, 1, _model.AmountsOf(bytes), _model.AmountsOf(bytes[0]), now));
            var fit = _model.Fit(bytes, Log.Now, countsReserved: true);
            if (decision.Refusal is { } refusal)
            {
                Assert.Equal(0, fit);
                Assert.Equal(_model.Fit(bytes, Log.Now, countsReserved: false) > 0 ? RefusalReason.Held : RefusalReason.QuotaExceeded, refusal.Reason);
                Assert.Contains(refusal.Limit, terms.Limits.Select(limit => limit.Name));
                return;
            }

            var allowance = Log.State.Ledger.Find(id)!.Reserved.Allowance;
            Assert.Equal(fit, _model.FitAllowance(bytes, allowance));
            Assert.True(allowance.FitsIn(_model.AmountsOf(bytes)));
            Assert.Equal(allowance.Records < bytes.Length || allowance != _model.AmountsOf(bytes), Log.State.Ledger.Find(id)!.Reserved.Limit.Length > 0);
            _model.Add(new LedgerModel.Charge(id, bytes, allowance, Log.Now));
        }

        private void Repeat(LedgerModel.Charge charge)
        {
            var (asked, first) = (_model.AmountsOf(charge.Bytes), _model.AmountsOf(charge.Bytes[0]));
            var again = Log.Do((state, now) => DealRules.Reserve(state, charge.Id, 1, asked, first, now));
            var other = Log.Do((state, now) => DealRules.Reserve(state, charge.Id, 1, asked + new Amounts(0, 1, 0, 0), first, now));

            Assert.Equal((charge.IsVoid ? RefusalReason.ReservationVoid : null, true), (again.Refusal?.Reason, again.Events.IsEmpty));
            Assert.Equal(RefusalReason.RequestIdReused, other.Refusal?.Reason);
        }

        private void Post(LedgerModel.Charge charge, Step step)
        {
            // Of what was granted some may have been dropped since: what is posted is any part of the longest start that fits.
            var granted = charge.Bytes.Take(_model.FitAllowance(charge.Bytes, charge.Allowance)).Where((_, index) => index != step.Bytes[0]).ToList();
            var actual = _model.AmountsOf(granted);
            var decision = Log.Do((state, _) => DealRules.Post(state, charge.Id, actual));
            if (charge.Posted is { } posted) Assert.Equal(posted == actual ? null : RefusalReason.RequestIdReused, decision.Refusal?.Reason);
            else Assert.Equal(charge.IsVoid ? RefusalReason.ReservationVoid : null, decision.Refusal?.Reason);
            if (!decision.Events.IsEmpty) charge.Posted = actual;
        }

        private void Void(LedgerModel.Charge charge)
        {
            var decision = Log.Do((state, _) => DealRules.Void(state, charge.Id));
            Assert.Equal(charge.Posted is null ? null : RefusalReason.WrongState, decision.Refusal?.Reason);
            if (!decision.Events.IsEmpty) charge.IsVoid = true;
        }

        private void Credit(LedgerModel.Charge charge, Step step)
        {
            var kept = charge.Bytes.Take(step.Bytes[0]).ToList();
            var total = (charge.Posted ?? charge.Allowance) - _model.AmountsOf(kept).Min(charge.Posted ?? charge.Allowance);
            var decision = Log.Do((state, _) => DealRules.Credit(state, charge.Id, total));
            if (charge.Posted is not { } posted) Assert.Equal(RefusalReason.WrongState, decision.Refusal?.Reason);
            else if (total.FitsIn(charge.Credited)) Assert.Equal((null, true), (decision.Refusal, decision.Events.IsEmpty));
            else Assert.Equal(total.FitsIn(posted) && charge.Credited.FitsIn(total) ? null : RefusalReason.InvalidValue, decision.Refusal?.Reason);
            if (!decision.Events.IsEmpty) charge.Credited = total;
        }

        private void Compare()
        {
            var ledger = Log.State.Ledger;
            foreach (var limit in terms.Limits)
                foreach (var at in _model.Charges.Select(charge => charge.ReservedAt).Append(Log.Now))
                {
                    var (day, month) = DealRules.PeriodsAt(terms, at);
                    var posted = _model.Used(limit, at, countsReserved: false);
                    Assert.Equal((posted, _model.Used(limit, at) - posted), ledger.UsageOf(limit, day, month));
                }

            Assert.Equal(_model.Charges.Where(charge => charge.IsPending).Select(charge => charge.Id).Order(), ledger.Pending.Select(pending => pending.Reserved.Id).Order());
            Assert.Equal(_model.Charges.Aggregate(Amounts.Zero, (sum, charge) => sum + charge.Counts(countsReserved: false)), ledger.PostedTotal);
            Assert.Equal(_model.Charges.Aggregate(Amounts.Zero, (sum, charge) => sum + charge.Credited), ledger.CreditedTotal);
        }
    }
}
