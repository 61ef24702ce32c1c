#!/usr/bin/env bash
# Peers outside the JVM, each that is there: a line `peer<TAB>version<TAB>work<TAB>nanoseconds per operation` for the works that JMH has under
# the same names. Says which are missing. `bench/peers/run.sh [asyncio|uvloop|node|go|tokio]...` runs those alone.
set -o pipefail
cd "$(dirname "$0")" || exit 1
status=0
built=../target/peers
tab="$(printf '\t')"

lines() {
  while IFS= read -r line; do
    printf '%s\t%s\n' "$1" "$line"
  done
}

missing() {
  echo "no $1: $2" >&2
}

# The first python3 that can import a module: uvloop comes with the system's, which need not be the first on the path.
python_with() {
  for python in python3 /usr/bin/python3; do
    if "$python" -c "import asyncio, $1; asyncio.Runner" 2>/dev/null; then
      echo "$python"
      return
    fi
  done
}

run_asyncio() {
  python=$(python_with uvloop)
  python=${python:-$(python_with sys)}
  [ "$python" ] || { missing asyncio 'python3, 3.11 or newer'; return; }
  "$python" asyncio_peer.py | lines "asyncio$tab$("$python" --version)" 
}

run_uvloop() {
  python=$(python_with uvloop)
  [ "$python" ] || { missing uvloop 'python3-uvloop'; return; }
  version=$("$python" -c 'import uvloop; print(uvloop.__version__)')
  "$python" asyncio_peer.py uvloop | lines "uvloop$tab$version, $("$python" --version)"
}

run_node() {
  command -v node >/dev/null || { missing Node nodejs; return; }
  node node_peer.js | lines "Node$tab$(node --version)"
}

run_go() {
  command -v go >/dev/null || { missing Go golang-go; return; }
  mkdir -p $built
  (cd go && go build -o ../$built/go-peer .) || { missing Go 'it does not build'; return; }
  $built/go-peer | lines "Go$tab$(go env GOVERSION), GOMAXPROCS=1"
}

# Built from Debian's crates, without a network, in a copy: cargo writes beside its Cargo.toml.
run_tokio() {
  command -v cargo >/dev/null || { missing tokio cargo; return; }
  crates=/usr/share/cargo/registry
  found=$(ls -d $crates/tokio-1.* 2>/dev/null)
  [ "$found" ] || { missing tokio librust-tokio-dev; return; }
  mkdir -p $built
  cp -r tokio $built/
  (cd $built/tokio && cargo build --quiet --release --offline --config 'source.crates-io.replace-with="debian"' \
    --config "source.debian.directory=\"$crates\"") || { missing tokio 'it does not build'; return; }
  $built/tokio/target/release/tokio-peer | lines "tokio$tab${found##*-}, current-thread, $(rustc --version | cut -d' ' -f1,2)"
}

for peer in "${@:-asyncio uvloop node go tokio}"; do
  for each in $peer; do
    "run_$each" || { echo "$each has failed" >&2; status=1; }
  done
done
exit $status
