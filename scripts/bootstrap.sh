#!/bin/sh
# Makes the virtual environment .venv and installs what is wanted into it.
#   scripts/bootstrap.sh run    the program and what it needs
#   scripts/bootstrap.sh pdf    and the renderer that prints packets
#   scripts/bootstrap.sh cohort and what reviews populations
#   scripts/bootstrap.sh spark  and Spark for them
#   scripts/bootstrap.sh test   and what tests, checks and benchmarks need, browsers and FHIR validators included
# What is installed is pinned with hashes in requirements/. Runs again only when those files have changed.
set -eu
cd "$(dirname "$0")/.."
want=${1:-run}
stamp=.venv/$want.stamp
wanted=$(cat requirements/"$want".txt pyproject.toml scripts/bootstrap.sh tests/node/package.json 2>/dev/null | cksum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then exit 0; fi

python=${PYTHON:-}
if [ -z "$python" ]; then
    for name in python3 python3.13 python3.12 python3.11 python3.14; do
        if command -v "$name" >/dev/null 2>&1 && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            python=$name
            break
        fi
    done
fi
if [ -z "$python" ]; then
    echo "sacroiliac needs Python 3.11 or newer." >&2
    echo "Install it, or name it: make PYTHON=/path/to/python3.11" >&2
    exit 2
fi

as_root() { # Debian packages, where we may install them
    if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null 2>&1; then sudo -n "$@"; else return 1; fi
}
install() {
    as_root apt-get update -qq >/dev/null && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

if [ ! -x .venv/bin/python ]; then
    echo "Making the virtual environment .venv with $($python --version)"
    if ! "$python" -m venv .venv >/dev/null 2>&1; then
        rm -rf .venv
        install python3-venv || {
            echo "Python's venv module is missing. On Debian or Ubuntu: apt install python3-venv" >&2
            exit 2
        }
        "$python" -m venv .venv
    fi
fi
echo "Installing what $want needs, pinned with hashes (a minute or two at first)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/"$want".txt
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .

# Pango lays out the text of packets; without any font it prints none.
can_print() { .venv/bin/python -c "import weasyprint" >/dev/null 2>&1 && fc-list 2>/dev/null | grep -q .; }
if { [ "$want" = pdf ] || [ "$want" = test ]; } && ! can_print; then
    echo "Installing Pango and fonts for the PDF of packets"
    install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation ||
        echo "Pango could not be installed: packets can be written as .html and .json only." >&2
fi
if { [ "$want" = spark ] || [ "$want" = test ]; } && ! command -v java >/dev/null 2>&1; then
    echo "Installing a Java runtime for Spark"
    install default-jre-headless || echo "Java could not be installed: Spark needs Java 17 or newer." >&2
fi
if [ "$want" = test ]; then
    # A browser for the accessibility tests of the HTML report.
    if ! command -v chromium >/dev/null 2>&1; then
        echo "Installing Chromium for the tests of the HTML report"
        install chromium || echo "Chromium could not be installed: the tests that need it will say so." >&2
    fi
    # Independent validators, from npm: exact versions, no install scripts.
    PATH="$PWD/.venv/bin:$PATH" npm --prefix tests/node install --silent --no-audit --no-fund --no-package-lock --ignore-scripts
    # A form renderer, as its makers built it: the hundreds of packages it was built from are not needed to run it.
    PATH="$PWD/.venv/bin:$PATH" node -p "Object.entries(require('./tests/node/package.json').asBuilt).map((one) => one.join('@')).join('\\n')" |
        while read -r wanted_package; do
            folder=tests/node/node_modules/${wanted_package%@*}
            rm -rf "$folder" && mkdir -p "$folder"
            packed=$(cd "$folder" && PATH="$OLDPWD/.venv/bin:$PATH" npm pack "$wanted_package" --silent --ignore-scripts)
            tar -xzf "$folder/$packed" -C "$folder" --strip-components=1 && rm "$folder/$packed"
        done
fi
echo "$wanted" >"$stamp"
