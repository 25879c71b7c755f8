namespace Broker.Grains.Platforms;

/// <summary>The names of a noun, in order; key: <c>platforms</c> or <c>partners</c>. For lists only: nothing rests on it.</summary>
public interface IIndexGrain : IGrainWithStringKey
{
    /// <summary>Adds a name; idempotent.</summary>
    Task AddAsync(string name);

    /// <summary>Names after one of them, in ordinal order.</summary>
    /// <param name="after">The last name that was seen; empty at first.</param>
    /// <param name="countMax">1 to 1,000.</param>
    Task<IReadOnlyList<string>> ListAsync(string after, int countMax);
}
