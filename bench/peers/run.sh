#!/bin/sh
# Peers outside the JVM, each when it is there: nanoseconds per operation of the works that JMH has under the same names.
cd "$(dirname "$0")" || exit 1

rows() {
  while IFS="$(printf '\t')" read -r work nanos; do
    echo "| $1 | $work | $nanos |"
  done
}

echo '| peer | work | ns |'
echo '|---|---|---|'
if command -v python3 >/dev/null; then
  python3 asyncio_peer.py | rows "asyncio, $(python3 --version)"
  if python3 -c 'import uvloop' 2>/dev/null; then
    python3 asyncio_peer.py uvloop | rows "uvloop, $(python3 --version)"
  fi
fi
if command -v node >/dev/null; then
  node node_peer.js | rows "Node $(node --version)"
fi
