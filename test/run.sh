#!/bin/bash
# run.sh: all tests, with the set-up they need. Arguments go to vitest: `npm test -- --project unit` is the quick suite.
# Without arguments: types, lint, schemas, then unit, integration and lab stories; ends in a line "N passed, N failed".
set -u
HERE=$(cd "$(dirname "$0")" && pwd); ROOT=$(cd "$HERE/.." && pwd); cd "$ROOT"
if [ $# -gt 0 ]; then
  case " $* " in *' unit '*|*'=unit '*) ;; *) set -e; . "$HERE/setup.sh"; export SEALER_TEST_KUBE=$KUBE; set +e;; esac
  exec npx vitest run "$@"
fi
# Programs of others that tests compare with take minutes to build, once: CNCF distribution 3 beside Debian's 2.8, crane, oras,
# regctl, and cosign.
{ nice -n 10 "$HERE/support/go-tool.sh" github.com/distribution/distribution/v3/cmd/registry v3.1.0
  nice -n 10 "$HERE/support/image-tools.sh"
  nice -n 10 "$HERE/support/cosign.sh"; } > /dev/null &
OTHERS=$!
set -e; . "$HERE/setup.sh"; set +e
export SEALER_TEST_KUBE=$KUBE
timed 'build the programs that tests compare with' wait $OTHERS
PASSED=0 FAILED=0
check() { if timed "$@"; then PASSED=$((PASSED + 1)); else FAILED=$((FAILED + 1)); echo "FAILED: $1" >&2; fi; }
check 'types' npm run --silent types
check 'lint' npm run --silent lint
check 'schemas' node tools/generate-schemas.mjs --check
check 'scripts' node tools/embed-scripts.mjs --check
check 'error list' node tools/generate-errors.mjs --check
check 'command list' node tools/generate-cli-docs.mjs --check
suite() { # suite PROJECT: vitest's own counts are added up
  local report; report=$(mktemp)
  npx vitest run --project "$1" --reporter verbose --reporter json --outputFile.json "$report"; local rc=$?
  read -r p f <<< "$(node -e 'const r = JSON.parse(require("fs").readFileSync(process.argv[1])); const broken = r.testResults.filter((t) => t.status === "failed" && !t.assertionResults.some((a) => a.status === "failed")).length; console.log(r.numPassedTests, r.numFailedTests + broken)' "$report" 2>/dev/null || echo '0 1')"
  rm -f "$report"; PASSED=$((PASSED + p)); FAILED=$((FAILED + f)); [ $rc = 0 ] || [ "$f" -gt 0 ] || FAILED=$((FAILED + 1)); return 0
}
timed 'unit tests' suite unit
timed 'integration tests' suite integration
timed 'lab stories' suite e2e
show_times
echo "$PASSED passed, $FAILED failed"
[ $FAILED = 0 ] && [ $PASSED -gt 0 ]
