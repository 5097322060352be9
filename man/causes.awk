# Makes fpmsentinel-causes(7) of the pages of docs/causes, which it is given in their order: `awk -f causes.awk PAGE…`.
# A page has a title, sections, paragraphs, lists, indented code and tables of two columns.

# by hand: awks differ in what gsub() makes of a backslash
function replaced(text, what, by,    at, all) {
    while ((at = index(text, what)) > 0) {
        all = all substr(text, 1, at - 1) by
        text = substr(text, at + length(what))
    }
    return all text
}

function escaped(text) { return replaced(replaced(text, "\\", "\\e"), "-", "\\-") }

# code and bold text become bold, links their text
function inline(text,    pieces, count, i, all) {
    text = escaped(text)
    text = replaced(text, "**", "`")
    while (match(text, /\[[^]]*\]\([^)]*\)/)) {
        all = substr(text, RSTART + 1, RLENGTH - 1)
        sub(/\].*/, "", all)
        text = substr(text, 1, RSTART - 1) all substr(text, RSTART + RLENGTH)
    }
    count = split(text, pieces, "`")
    all = pieces[1]
    for (i = 2; i <= count; i++)
        all = all (i % 2 ? "\\fR" : "\\fB") pieces[i]
    return all
}

# a line that groff would take for a request
function line(text) { print (text ~ /^[.']/ ? "\\&" : "") text }

function end_code() { if (in_code) print ".EE\n.RE"; in_code = 0 }
function end_text() { if (text != "") line(inline(text)); text = "" }

BEGIN {
    print ".TH FPMSENTINEL\\-CAUSES 7 \"\" \"fpmsentinel\" \"Miscellaneous Information Manual\""
    print ".SH NAME\nfpmsentinel\\-causes \\- what requests of PHP\\-FPM die of, and what it looks like"
    print ".SH DESCRIPTION"
    print "The causes that records and\n.B fpmsentinel trace\nname, one section each."
    print ".B fpmsentinel explain \\fIcause\\fR\nshows one of them. Recipes run on the server of the last section."
}
/^# / {
    end_text(); end_code()
    print ".SH " escaped(substr($0, 3))
    next
}
/^## / {
    end_text(); end_code()
    print ".SS " escaped(substr($0, 4))
    next
}
/^\|-/ { next }
/^\| / {
    end_text(); end_code()
    if ($0 == "| where | what |") next
    label = $0
    sub(/^\| /, "", label)
    rest = label
    sub(/ \|.*/, "", label)
    rest = substr(rest, length(label) + 4)
    sub(/ \|$/, "", rest)
    print ".TP 13\n" inline(label)
    line(inline(rest))
    next
}
/^    / {
    end_text()
    if (!in_code) print ".RS 2\n.EX"
    in_code = 1
    line(escaped(substr($0, 5)))
    next
}
/^$/ {
    if (in_code) next
    if (text != "") { end_text(); print ".PP" }
    next
}
/^- / {
    end_text(); end_code()
    print ".IP \\(bu 2"
    text = substr($0, 3)
    next
}
{
    end_code()
    sub(/^ +/, "")
    text = text (text == "" ? "" : " ") $0
}
END {
    end_text(); end_code()
    print ".SH SEE ALSO\n.BR fpmsentinel (1)"
}
