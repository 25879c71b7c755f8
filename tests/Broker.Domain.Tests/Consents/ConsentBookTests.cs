using Broker.Domain.Consents;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Tests.Generators;
using CsCheck;

namespace Broker.Domain.Tests.Consents;

public sealed class ConsentBookTests
{
    private static readonly Purposes[] Asked = [Purposes.FoundationModelTraining, Purposes.Evaluation, Purposes.FoundationModelTraining | Purposes.Evaluation];

    [Fact]
    public void Consent_is_in_force_since_where_the_rules_say_at_every_position_of_any_log() => ConsentFactGen.Log.Sample(
        facts =>
        {
            var (book, expected) = (Fold(facts), new List<Dictionary<Question, bool>>());
            var model = new ConsentModel();
            foreach (var fact in facts)
            {
                model.Apply(fact);
                expected.Add(Answers(model));
            }

            for (var at = 1; at <= facts.Length; at++)
                foreach (var question in expected[at - 1].Keys)
                    Assert.Equal(SinceOf(expected, question, at), book.Since(question.User, question.Kind, question.Purposes, question.Partner, at));
        },
        iter: 1_500);

    [Fact]
    public void What_is_asked_of_many_users_at_once_is_what_is_told_of_each_of_their_kinds()
    {
        var (given, notGiven) = (0, 0);
        ConsentFactGen.Log.Sample(Check, iter: 150);
        Assert.True(given > 10_000 && notGiven > 10_000, $"{given} kinds in force and {notGiven} not");

        void Check(PartitionEvent[] facts)
        {
            var book = Fold(facts);
            for (var at = 0; at <= facts.Length + 1; at++)
                for (var since = 0; since <= at + 1; since++)
                    foreach (var purposes in Asked)
                        foreach (var partner in (string[])[Given.Acme, Given.Globex])
                        {
                            var question = book.Ask(Some(at + since), purposes, partner, since, at);
                            for (var user = 0; user < book.UserCount; user++)
                            {
                                var told = question.KindsOf(user);
                                Assert.Equal(Some(at + since).Members().Where(kind => book.Since(user, kind, purposes, partner, at) <= since), told.Members());
                                Interlocked.Add(ref given, told.Members().Count());
                                if (told == RecordKinds.None) Interlocked.Increment(ref notGiven);
                            }
                        }
        }

        static RecordKinds Some(int number) => (number % 3) switch { 0 => RecordKinds.All, 1 => RecordKinds.Post, _ => RecordKinds.Post | RecordKinds.Like };
    }

    [Fact]
    public void What_is_in_force_at_a_position_depends_on_the_entries_up_to_it_and_on_nothing_else() => ConsentFactGen.Log.Sample(
        facts =>
        {
            var full = Fold(facts);
            for (var at = 1; at <= facts.Length; at++)
            {
                var prefix = Fold(facts[..at]);
                foreach (var question in Questions(prefix.UserCount))
                    Assert.Equal(Since(prefix, question, long.MaxValue), Since(full, question, at));
                for (var user = 0; user < prefix.UserCount; user++)
                    Assert.Equal(prefix.JurisdictionOf(user, long.MaxValue), full.JurisdictionOf(user, at));
            }
        },
        iter: 400);

    [Fact]
    public void What_would_follow_from_one_more_decision_is_what_follows_once_it_is_made() => Gen.Select(ConsentFactGen.Log, DecisionGen.Any, Gen.Int[0, 2]).Sample(
        (facts, decision, user) =>
        {
            var book = Fold(facts);
            var foretold = Questions(book.UserCount).Where(question => question.User == user)
                .ToDictionary(question => question, question => book.IsInForceAfter(user, decision, question.Kind, question.Purposes, question.Partner));
            var then = Fold([.. facts, new ConsentChanged(user, decision)]);
            foreach (var (question, isInForce) in foretold) Assert.Equal(Since(then, question, long.MaxValue) is not null, isInForce);
        },
        iter: 1_000);

    [Fact]
    public void What_would_follow_from_a_move_is_what_follows_once_the_user_moved() => Gen.Select(ConsentFactGen.Log, Gen.OneOf("", "EU", "US"), Gen.Int[0, 2]).Sample(
        (facts, to, user) =>
        {
            var book = Fold(facts);
            var foretold = Questions(book.UserCount).Where(question => question.User == user)
                .ToDictionary(question => question, question => book.IsInForceAfter(user, to, question.Kind, question.Purposes, question.Partner));
            var then = Fold([.. facts, new JurisdictionChanged(user, to)]);
            foreach (var (question, isInForce) in foretold) Assert.Equal(Since(then, question, long.MaxValue) is not null, isInForce);
        },
        iter: 1_000);

    [Fact]
    public void Whatever_may_open_an_admission_moves_the_last_opening() => ConsentFactGen.Log.Sample(
        facts =>
        {
            var model = new ConsentModel();
            var before = new Dictionary<Question, bool>();
            for (var count = 1; count <= facts.Length; count++)
            {
                model.Apply(facts[count - 1]);
                var after = Answers(model);
                if (after.Any(answer => answer.Value && !before.GetValueOrDefault(answer.Key))) Assert.Equal(count, Fold(facts[..count]).LastOpening);
                before = after;
            }
        },
        iter: 300);

    [Fact]
    public void Users_are_numbered_densely() =>
        Assert.Throws<InvalidOperationException>(() => new ConsentBook().AddUser(1, ""));

    private static ConsentBook Fold(IEnumerable<PartitionEvent> facts) => new PartitionLog().With(facts).State.Consents;

    private static IEnumerable<Question> Questions(int users) =>
        from user in Enumerable.Range(0, users)
        from kind in PolicyGen.Kinds
        from purposes in Asked
        from partner in (string[])[Given.Acme, Given.Globex]
        select new Question(user, kind, purposes, partner);

    private static Dictionary<Question, bool> Answers(ConsentModel model) => Questions(model.UserCount)
        .ToDictionary(question => question, question => model.IsInForce(question.User, question.Kind, question.Purposes, question.Partner));

    private static long? Since(ConsentBook book, Question question, long at) =>
        book.Since(question.User, question.Kind, question.Purposes, question.Partner, at);

    /// <summary>The first position of the run of positions, up to this one, at which it was in force.</summary>
    private static long? SinceOf(List<Dictionary<Question, bool>> answers, Question question, int at)
    {
        long? since = null;
        for (var position = at; position >= 1 && answers[position - 1].GetValueOrDefault(question); position--) since = position;
        return since;
    }

    private readonly record struct Question(int User, RecordKind Kind, Purposes Purposes, string Partner);
}
