# Completion of fpmsentinel's commands, options and values, as the tool itself lists them: for
# share/fish/vendor_completions.d/fpmsentinel.fish.

function __fpmsentinel_offers
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l current (commandline --current-token --cut-at-cursor)
    set -l offers ($words[1] --complete $words[2..-1] "$current" 2>/dev/null)
    if set -q offers[1]
        printf '%s\n' $offers
    else
        # of --records=FILE what follows the equals sign
        set -l option (string match --regex -- '^--[^=]*=' "$current")
        __fish_complete_path (string replace -- "$option" '' "$current") | string replace --regex -- '^' "$option"
    end
end

complete --command fpmsentinel --no-files --arguments '(__fpmsentinel_offers)'
