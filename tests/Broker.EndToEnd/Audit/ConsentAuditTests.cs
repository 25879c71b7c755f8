using System.Collections.Immutable;
using Broker.Auditor;
using Broker.Domain;
using Broker.Domain.Consents;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;

namespace Broker.EndToEnd.Audit;

public sealed class ConsentAuditTests : AuditTest
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_release_of_users_who_never_consented_or_who_withdrew_is_found_with_and_without_rows(bool withRows)
    {
        var verdict = await FindsAsync(Promise.Consent, "does not exclude user 3", world => world.Pull(), partition: EverybodyIsIn(3), withRows: withRows);
        Assert.Contains(verdict.Violations, violation => violation.Sentence.Contains("does not exclude user 4", StringComparison.Ordinal));
        Assert.All(verdict.Violations, violation => Assert.Equal(World.PartitionLog, violation.Log));
    }

    [Fact]
    public Task A_release_of_a_user_who_withdrew_before_it_is_found() =>
        FindsAsync(Promise.Consent, "does not exclude user 0", partition: EverybodyIsIn(1), story: world =>
        {
            world.Decide(0, Given.Withdrawal(world.Now));
            world.Pull();
        });

    [Fact]
    public Task A_release_between_its_selection_and_a_withdrawal_is_found() =>
        FindsAsync(Promise.Consent, "does not exclude user 5", partition: EverybodyIsIn(2), story: world =>
        {
            world.OpenRound();
            world.Release(mostRecords: 3);
            world.Decide(5, Given.Withdrawal(world.Now));
            world.Release(mostRecords: 100);
            world.Finish();
        });

    [Fact]
    public Task A_release_of_one_kind_that_was_withdrawn_is_found() =>
        FindsAsync(Promise.Consent, "does not exclude user 0 in Comment", partition: EverybodyIsIn(1), story: world =>
        {
            world.Decide(0, Given.Withdrawal(world.Now) with { Kinds = RecordKind.Comment.ToSet() });
            world.Pull();
        });

    [Fact]
    public Task A_release_to_the_one_partner_whom_a_user_refuses_is_found() =>
        FindsAsync(Promise.Consent, "does not exclude user 0", partition: EverybodyIsIn(1), story: world =>
        {
            world.Decide(0, Given.Withdrawal(world.Now) with { Partner = Given.Lab });
            world.Pull();
        });

    [Fact]
    public Task A_release_for_a_purpose_that_the_user_did_not_grant_is_found() =>
        FindsAsync(Promise.Consent, "does not exclude user 0", partition: EverybodyIsIn(1), story: world =>
        {
            world.Amend(Given.Pact, Given.Terms with { Scope = Given.Terms.Scope with { Purposes = Given.Training | Purposes.Evaluation } });
            world.Decide(0, Given.Withdrawal(world.Now) with { Purposes = Purposes.Evaluation });
            world.Pull();
        });

    [Fact]
    public Task A_release_of_a_user_who_moved_to_where_silence_means_no_is_found() =>
        FindsAsync(Promise.Consent, "does not exclude user 0", partition: EverybodyIsIn(1), story: world =>
        {
            world.Move(0, "EU");
            world.Pull();
        });

    [Fact]
    public Task A_release_of_an_erased_user_is_found() =>
        FindsAsync(Promise.Consent, "does not exclude user 0", partition: EverybodyIsIn(1), story: world =>
        {
            world.Erase(0);
            world.Pull();
        });

    [Fact]
    public Task A_release_by_a_consent_that_came_after_the_rounds_bound_is_found() =>
        FindsAsync(Promise.Consent, "does not exclude user 3", partition: EverybodyIsIn(1), story: world =>
        {
            world.OpenRound();
            world.Decide(3, Given.Grant(world.Now));
            world.Release(mostRecords: 100);
            world.Finish();
        });

    [Fact]
    public Task A_withdrawal_beats_a_grant_of_the_same_instant() =>
        FindsAsync(Promise.Consent, "does not exclude user 3", partition: EverybodyIsIn(1), story: world =>
        {
            var then = world.Now - TimeSpan.FromDays(1);
            world.Decide(3, Given.Withdrawal(then));
            world.Decide(3, Given.Grant(then));
            world.OpenRound();
            world.Release(mostRecords: 100);
            world.Finish();
        });

    [Fact]
    public Task A_later_grant_from_an_older_file_does_not_undo_a_withdrawal() =>
        FindsAsync(Promise.Consent, "does not exclude user 4", partition: EverybodyIsIn(1), story: world =>
        {
            world.Decide(4, Given.Grant(Given.Start - TimeSpan.FromDays(2)) with { Source = ConsentSource.SettingsImport });
            world.OpenRound();
            world.Release(mostRecords: 100);
            world.Finish();
        });

    [Fact]
    public Task A_slice_that_holds_other_records_than_it_says_is_found() =>
        FindsAsync(Promise.Consent, "holds other records", world => world.Pull(), partition: Nth<Released>(1, released =>
            released with { Slice = released.Slice with { Digest = [.. new byte[32]] } }));

    [Fact]
    public Task A_slice_with_records_of_nobody_is_found_without_rows() =>
        FindsAsync(Promise.Consent, "who are all excluded", world => world.Pull(), withRows: false, partition: Nth<Released>(1, released =>
            released with { Slice = released.Slice with { Exclusions = [new Exclusion(new UserRun(0, World.Users - 1), RecordKinds.All)] } }));

    [Fact]
    public Task A_resend_that_still_holds_who_withdrew_is_found() =>
        FindsAsync(Promise.Consent, "consent admits 0 now", ResentAfterAWithdrawal, partition: Nth<Resent>(1, resent =>
            resent with { Amounts = resent.Credited, Credited = default, Digest = DigestOf("a0", "b0", "c0") }));

    [Fact]
    public Task A_resend_of_the_right_number_and_other_records_is_found() =>
        FindsAsync(Promise.Consent, "or others", partition: Nth<Resent>(1, resent => resent with { Digest = DigestOf("a0", "b0", "c4") }), story: world =>
        {
            world.OpenRound();
            world.Resend(Given.Pact, world.Release(mostRecords: 3)!);
        });

    [Fact]
    public Task A_resend_of_a_settled_slice_is_found() =>
        FindsAsync(Promise.Consent, "stands for a slice that was settled", world => world.Pull(), world =>
        {
            var slice = world.Lineage().Slice(1, 1)!.Released;
            world.Append(new Resent(Given.Pact, 1, 1, 1, slice.Amounts, slice.Digest, default));
        });

    [Fact]
    public Task A_resend_after_a_day_is_found() =>
        FindsAsync(Promise.Consent, "more than 24 hours after the release", OneSlice, world =>
        {
            world.Now += TimeSpan.FromHours(25);
            var slice = world.Lineage().Slice(1, 1)!.Released;
            world.Append(new Resent(Given.Pact, 1, 1, 1, slice.Amounts, slice.Digest, default));
        });

    [Fact]
    public Task A_policy_without_a_way_to_object_is_found() =>
        FindsAsync(Promise.Consent, "no way to object", crime: world => world.Write(new PolicyAnnounced(Given.Policy with { Version = 2, ObjectionChannel = "" })));

    [Fact]
    public Task A_policy_in_force_before_its_date_is_found() =>
        FindsAsync(Promise.Consent, "before its date", crime: world =>
        {
            world.Write(new PolicyAnnounced(Given.Policy with { Version = 2, EffectiveAt = world.Now + TimeSpan.FromDays(1) }));
            world.Write(new PolicyInForce(2));
        });

    [Fact]
    public Task A_notice_that_ran_before_its_time_is_found() =>
        FindsAsync(Promise.Consent, "before its time was over", world => world.Tell(5), world =>
            world.Write(new NoticeRun(1, world.Now.AddDays(30), [new UserRun(5, 5)])));

    [Fact]
    public Task A_notice_that_ran_and_was_never_given_is_found() =>
        FindsAsync(Promise.Consent, "was not given to these users", crime: world => world.Write(new NoticeRun(1, world.Now, [new UserRun(5, 5)])));

    [Fact]
    public Task A_notice_shorter_than_the_policy_says_is_found() =>
        FindsAsync(Promise.Consent, "shorter than the policy's 30 days", crime: world =>
            world.Write(new NoticesGiven(1, world.Now, world.Now.AddDays(29), [new UserRun(5, 5)])));

    [Fact]
    public Task A_notice_that_means_nothing_where_the_user_lives_is_found() =>
        FindsAsync(Promise.Consent, "means nothing where the user lives", crime: world =>
            world.Write(new NoticesGiven(1, world.Now, world.Now.AddDays(30), [new UserRun(3, 3)])));

    private static void OneSlice(World world)
    {
        world.OpenRound();
        world.Release(mostRecords: 3);
    }

    private static void ResentAfterAWithdrawal(World world)
    {
        world.OpenRound();
        var slice = world.Release(mostRecords: 3)!;
        world.Decide(0, Given.Withdrawal(world.Now));
        world.Resend(Given.Pact, slice);
    }

    // The forger writes nobody down as left out; the rest stays as it was decided.
    private static Func<PartitionEvent, PartitionEvent?> EverybodyIsIn(int slice) => Nth<Released>(slice, released =>
    {
        Assert.NotEmpty(released.Slice.Exclusions);
        return released with { Slice = released.Slice with { Exclusions = [] } };
    });

    private static ImmutableArray<byte> DigestOf(params IEnumerable<string> ids)
    {
        using var digest = new SliceDigest();
        foreach (var id in ids) digest.Add(id);
        return digest.Finish();
    }
}
