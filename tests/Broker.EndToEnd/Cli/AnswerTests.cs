using System.Text.Json;
using Broker.Cli;
using Broker.Client;
using Broker.EndToEnd.Client;
using Broker.Gateway.Errors;
using Broker.Protos.V1;
using Google.Rpc;
using Grpc.Core;
using Status = Grpc.Core.Status;

namespace Broker.EndToEnd.Cli;

/// <summary>What a person and a script are told of a node's answers.</summary>
public sealed class AnswerTests
{
    [Theory]
    [InlineData(Code.InvalidArgument, 2)]
    [InlineData(Code.OutOfRange, 2)]
    [InlineData(Code.NotFound, 3)]
    [InlineData(Code.Unauthenticated, 4)]
    [InlineData(Code.PermissionDenied, 4)]
    [InlineData(Code.FailedPrecondition, 5)]
    [InlineData(Code.AlreadyExists, 5)]
    [InlineData(Code.Aborted, 5)]
    [InlineData(Code.ResourceExhausted, 6)]
    [InlineData(Code.Unavailable, 7)]
    [InlineData(Code.DeadlineExceeded, 7)]
    [InlineData(Code.Internal, 1)]
    [InlineData(Code.DataLoss, 1)]
    [InlineData(Code.Unimplemented, 1)]
    public async Task Each_status_has_its_exit_code(Code code, int exit)
    {
        var run = await RefusedAsync(RpcErrors.Create(code, "SOME_REASON", "Some words."), isJson: true);
        Assert.Equal((exit, ""), ((int)run.Exit, run.Out));
        Assert.Equal(exit, run.JsonError.GetProperty("exit_code").GetInt32());
        Assert.Equal("SOME_REASON", run.JsonError.GetProperty("reason").GetString());
        Assert.Equal("Some words.", run.JsonError.GetProperty("message").GetString());
        Assert.Equal(code.ToString().ToUpperInvariant(), run.JsonError.GetProperty("code").GetString()!.Replace("_", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_bad_field_is_named()
    {
        var bad = new BadRequest();
        bad.FieldViolations.Add(new BadRequest.Types.FieldViolation { Field = "platform.partition_count", Description = "A power of two." });
        bad.FieldViolations.Add(new BadRequest.Types.FieldViolation { Field = "platform_id", Description = "Too long." });
        var error = RpcErrors.Create(Code.InvalidArgument, "INVALID_VALUE", "platform.partition_count: A power of two. platform_id: Too long.", bad, new RequestInfo { RequestId = "call-7" });

        var told = await RefusedAsync(error);
        Assert.Equal(ExitCode.Usage, told.Exit);
        Assert.Equal(
            ["INVALID_ARGUMENT / INVALID_VALUE", "  platform.partition_count: A power of two.", "  platform_id: Too long.", "  request call-7"],
            told.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));

        var fields = (await RefusedAsync(error, isJson: true)).JsonError.GetProperty("fields").EnumerateArray().Select(field => field.GetProperty("field").GetString());
        Assert.Equal(["platform.partition_count", "platform_id"], fields);
    }

    [Fact]
    public async Task A_full_limit_and_the_time_to_wait_are_named()
    {
        var full = new QuotaFailure();
        full.Violations.Add(new QuotaFailure.Types.Violation { Subject = "records/term", Description = "No record is left." });
        var run = await RefusedAsync(RpcErrors.Create(Code.ResourceExhausted, "QUOTA_EXCEEDED", "It is full.", full), isJson: true);
        Assert.Equal(ExitCode.QuotaExhausted, run.Exit);
        Assert.Equal("records/term", run.JsonError.GetProperty("quota")[0].GetProperty("subject").GetString());

        var wait = await RefusedAsync(RpcErrors.Unavailable("OVERLOADED", "Too much.", TimeSpan.FromMilliseconds(1_500)));
        Assert.Equal(ExitCode.Unavailable, wait.Exit);
        Assert.Contains("Try again in 1.5 s.", wait.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_status_without_words_of_the_broker_is_a_node_that_broke_off()
    {
        var run = await RefusedAsync(new RpcException(new Status(StatusCode.Unknown, "stream reset")));
        Assert.Equal(ExitCode.Unavailable, run.Exit);
    }

    [Fact]
    public async Task Words_of_a_node_move_no_cursor()
    {
        var run = await RefusedAsync(RpcErrors.Create(Code.NotFound, "NOT_FOUND", "There is no \e[2J[red]platform[/]."));
        Assert.Contains("There is no \uFFFD[2J[red]platform[/].", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', run.Error);
    }

    [Fact]
    public async Task A_call_that_is_repeated_keeps_its_request_id()
    {
        await using var node = await ScriptedNode.StartAsync();
        node.OnCreate = (call, request) => call < 3 ? throw RpcErrors.Unavailable("OUTCOME_UNKNOWN", "Nobody knows.", TimeSpan.Zero) : new Platform { Name = $"platforms/{request.PlatformId}" };
        string[] line = ["platform", "add", "x", "--server", node.Address, "--token", "secret"];
        var run = (await CliRun.OfAsync(line, retry: new RetryOptions { AttemptsMax = 3 }, time: new ScriptedTime { SkipsDelays = true })).Done();
        Assert.Contains("platforms/x", run.Out, StringComparison.Ordinal);
        Assert.Equal(3, node.Created.Count);
        Assert.True(Guid.TryParse(node.Created[0].RequestId, out _));
        Assert.Single(node.Created.Select(request => request.RequestId).Distinct());
        Assert.All(node.Tokens, token => Assert.Equal("Bearer secret", token));
    }

    [Fact]
    public async Task The_request_id_is_the_callers_where_one_is_given_and_new_for_each_run_where_not()
    {
        await using var node = await ScriptedNode.StartAsync();
        var id = Guid.NewGuid().ToString("D");
        (await CliRun.Of("platform", "add", "x", "--server", node.Address, "--token", "t", "--request-id", id)).Done();
        (await CliRun.Of("platform", "add", "x", "--server", node.Address, "--token", "t")).Done();
        (await CliRun.Of("platform", "add", "x", "--server", node.Address, "--token", "t")).Done();
        Assert.Equal(id, node.Created[0].RequestId);
        Assert.Equal(3, node.Created.Select(request => request.RequestId).Distinct().Count());
    }

    [Fact]
    public async Task The_environment_stands_in_for_options_and_an_option_goes_before_it()
    {
        await using var node = await ScriptedNode.StartAsync();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "from-a-file\n");
        var environment = new Dictionary<string, string> { ["BROKER_SERVER"] = node.Address, ["BROKER_TOKEN"] = $"@{file}" };
        (await CliRun.OfAsync(["platform", "add", "x"], environment)).Done();
        (await CliRun.OfAsync(["platform", "add", "x", "--token", "given"], environment)).Done();
        File.Delete(file);
        Assert.Equal(["Bearer from-a-file", "Bearer given"], node.Tokens);
    }

    [Fact]
    public async Task A_list_is_read_to_its_last_page_and_is_one_document()
    {
        await using var node = await ScriptedNode.StartAsync();
        node.OnList = request => request.PageToken switch
        {
            "" => new ListPlatformsResponse { Platforms = { new Platform { Name = "platforms/a", PartitionCount = 16 } }, NextPageToken = "more" },
            "more" => new ListPlatformsResponse { Platforms = { new Platform { Name = "platforms/b", DisplayName = "B \e[31m" } } },
            _ => throw new InvalidOperationException(request.PageToken),
        };
        var script = (await CliRun.Of("platform", "list", "--server", node.Address, "--token", "t", "-o", "json")).Done();
        Assert.Equal(["platforms/a", "platforms/b"], script.Json.GetProperty("platforms").EnumerateArray().Select(platform => platform.GetProperty("name").GetString()));
        Assert.Equal(16, script.Json.GetProperty("platforms")[0].GetProperty("partition_count").GetInt32());
        Assert.Equal(JsonValueKind.Number, script.Json.GetProperty("platforms")[1].GetProperty("policy_version").ValueKind); // defaults are there

        var person = (await CliRun.Of("platform", "list", "--server", node.Address, "--token", "t")).Done();
        Assert.Contains("B \uFFFD[31m", person.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', person.Out);
    }

    [Fact]
    public async Task An_empty_list_is_said_to_be_empty()
    {
        await using var node = await ScriptedNode.StartAsync();
        Assert.Equal("No platforms.", (await CliRun.Of("platform", "list", "--server", node.Address, "--token", "t")).Done().Out.Trim());
        Assert.Equal(0, (await CliRun.Of("platform", "list", "--server", node.Address, "--token", "t", "-o", "json")).Done().Json.GetProperty("platforms").GetArrayLength());
    }

    private static async Task<CliRun> RefusedAsync(RpcException error, bool isJson = false)
    {
        await using var node = await ScriptedNode.StartAsync();
        node.OnCreate = (_, _) => throw error;
        return await CliRun.Of(["platform", "add", "x", "--server", node.Address, "--token", "t", "--output", isJson ? "json" : "table"]);
    }
}
