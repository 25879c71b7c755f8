using System.Security.Cryptography;

namespace Broker.Gateway.Identity;

/// <summary>The node's P-256 key on disk: <c>signing-key.pem</c>, PKCS #8, for its owner only (mode 600).</summary>
internal static class SigningKeyFile
{
    public const string Name = "signing-key.pem";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute |
        UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Reads the key; makes one where there is none.</summary>
    /// <exception cref="IdentityException">The key cannot be used.</exception>
    public static ECDsa ReadOrCreate(string directory)
    {
        var path = Path.Combine(directory, Name);
        try
        {
            CreateDirectory(directory);
            if (!File.Exists(path)) Create(path);
            RequireOwnerOnly(path);
            return Read(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IdentityException($"The signing key {path} cannot be read or made: {exception.Message}", exception);
        }
    }

    private static void CreateDirectory(string directory)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
        else Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
    }

    // Written aside and moved to its name at once: a crash leaves no half key, and of two starters one key wins.
    private static void Create(string path)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var aside = $"{path}.{Environment.ProcessId}.new";
        try
        {
            Write(aside, key.ExportPkcs8PrivateKeyPem());
            File.Move(aside, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another starter was first: its key is the node's.
        }
        finally
        {
            File.Delete(aside);
        }
    }

    private static void Write(string path, string pem)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        using var file = new FileStream(path, options);
        file.Write(System.Text.Encoding.ASCII.GetBytes(pem));
        file.Flush(flushToDisk: true);
    }

    private static void RequireOwnerOnly(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        var mode = File.GetUnixFileMode(path);
        if ((mode & Others) != 0)
            throw new IdentityException($"The signing key {path} is open to others than its owner. Whoever read it may mint tokens: replace it, or, if nobody could, run chmod 600 on it.");
    }

    private static ECDsa Read(string path)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(path));
            if (key.KeySize != 256) throw new IdentityException($"The signing key {path} is no P-256 key.");
            return key;
        }
        catch (Exception exception)
        {
            key.Dispose();
            if (exception is not (ArgumentException or CryptographicException)) throw;
            throw new IdentityException($"The signing key {path} is no P-256 key in PEM. Restore it from a backup, or remove it: the node then makes a new one, and every token has to be minted anew.", exception);
        }
    }
}
