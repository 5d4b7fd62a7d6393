-- What wrk sends: the headers of the environment's POCKETSTACK_BENCH_TOKEN, alike to both servers; and what it reports, as one line.
local token = os.getenv("POCKETSTACK_BENCH_TOKEN")
wrk.headers["X-Auth-Token"] = token
wrk.headers["Accept"] = "application/json"

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    "RESULT %d %d %.1f\n", summary.requests,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout, latency:percentile(50)))
end
