# shellcheck shell=bash
# Shared by the scripts that run .phpt: runs them, counts them, and closes with `N passed, N failed, N skipped`.
#
#   . "$root/dev/lib.sh"; . "$root/dev/phpt.sh"; run_phpt gcc tests/cli.phpt; finished=yes
#
# What make says of the tests is not trusted: it also exits 0 when all were skipped or none was found.
# Each file must have left its own line in results.txt.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
passed=0 failed=0 skipped=0 finished=
make_variables=() # for `make test`: NAME=VALUE
# A stuck test, and a stuck suite, end; a machine with other work takes many times as long as a quiet one.
export TEST_TIMEOUT=600
phpt_timeout=60m

finish() {
    local status=$?
    end_jobs
    # what was not available has been said
    # shellcheck disable=SC2154 # of lib.sh
    if [[ -z $finished ]] && ((status == refused)); then exit "$refused"; fi
    if [[ -z $finished ]]; then
        say "${0##*/} itself ended early"
        failed=$((failed + 1))
    fi
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    ((failed + skipped == 0)) || exit 1
}
trap finish EXIT

fail() {
    failed=$((failed + 1))
    printf 'FAIL %s\n' "$*"
}

# phpt_files DIR: every test of a build, in the order of their names
phpt_files() (cd "$1" && find tests -name '*.phpt' | LC_ALL=C sort)

# phpt_without_server DIR: those that start no PHP-FPM
phpt_without_server() { phpt_files "$1" | grep -v '^tests/fpm/'; }

# phpt_result VARIANT FILE STATUS
phpt_result() {
    local dir=$root/build/$1 base
    base=$dir/${2%.phpt}
    case $3 in
        PASSED) passed=$((passed + 1)) ;;
        SKIPPED)
            skipped=$((skipped + 1))
            printf 'SKIP build/%s %s\n' "$1" "$2"
            sed -n "s|^SKIP .*\[$2\] *||p" "$dir/phpt.log" | indent
            ;;
        *)
            fail "build/$1 $2 ($3)"
            if [[ -s $base.diff ]]; then
                indent <"$base.diff"
            elif [[ -s $base.out ]]; then
                indent <"$base.out"
            else
                { grep -F "$2" "$dir/phpt.log" || tail -n 20 "$dir/phpt.log"; } | indent
            fi
            ;;
    esac
}

# run_phpt VARIANT FILE…
run_phpt() {
    local variant=$1 dir=$root/build/$1 status file
    declare -A result=()
    shift
    say "build/$variant: $# .phpt"
    : >"$dir/results.txt"
    find "$dir/tests" \( -name '*.diff' -o -name '*.out' \) -delete
    # What passes only when it is tried again has failed, and says how when it is not
    # shellcheck disable=SC2016 # PHP's variables
    sed -i 's/if (!$passed && !$retried && error_may_be_retried/if (false \&\& error_may_be_retried/' \
        "$dir/run-tests.php"
    (
        cd "$dir" || exit
        export NO_INTERACTION=1 TEST_PHP_ARGS="-q --no-color -j3 -W $dir/results.txt"
        timeout --kill-after=10 "$phpt_timeout" make test TESTS="$*" "${make_variables[@]}" 2>&1 || true
    ) | sed -u 's/\r/\n/g' | tee "$dir/phpt.log" |
        sed -unE '/^[A-Z]+ .*\.phpt\]/p' | sed -un '0~20=' | sed -u 's/.*/   & done/'

    while read -r status file; do
        result[${file#"$dir/"}]=$status
    done <"$dir/results.txt"
    for file; do
        phpt_result "$variant" "$file" "${result[$file]-no result}"
    done
}
