using System.Collections.Immutable;

namespace Broker.Domain;

/// <summary>Neighbouring users of a partition, by their numbers.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The last, included.</param>
public readonly record struct UserRun(int First, int Last)
{
    /// <summary>How many users.</summary>
    public int Count => Last - First + 1;

    /// <summary>The fewest runs that hold exactly these users.</summary>
    /// <param name="users">Users' numbers in any order, each at most once.</param>
    public static ImmutableArray<UserRun> Of(IEnumerable<int> users)
    {
        var runs = ImmutableArray.CreateBuilder<UserRun>();
        foreach (var user in users.Order())
        {
            if (runs.Count > 0 && runs[^1].Last == user - 1) runs[^1] = runs[^1] with { Last = user };
            else runs.Add(new UserRun(user, user));
        }

        return runs.ToImmutable();
    }
}
