# SPDX-License-Identifier: MIT
"""C as text: what the style tests need of a source file, found without a compiler.

Counting braces is enough, for no #if of the tree has an unbalanced one."""
import re
from typing import NamedTuple

LEXEME = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)
DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)((?:\\\n|[^\n])*)", re.M)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
ATTRIBUTE = re.compile(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)")
FUNCTION = re.compile(r"\w[\w\s*]*?[\s*](?:[A-Z]+\((?P<pasted>\w+)\)|(?P<name>\w+))\s*\(")  # KERNEL(pasted)( or name(
VARIABLE = re.compile(r"\w[\w\s*]*[\s*](\w+)\s*(?:\[[^]]*\]\s*)*(?:=.*)?$")
INSTANCE = re.compile(r"^[A-Z]+\((\w+),[^;{}]*?\)\n", re.M)  # SWAP(swap2, ...): a macro that makes a function


class Item(NamedTuple):
    """What stands at the top level of a file, from `line` to `end`, with its braces."""
    kind: str  # function, prototype, variable, other
    name: str
    static: bool
    line: int
    end: int
    head: str  # on one line, its braces emptied
    text: str


def blank(text):
    return re.sub(r"[^\n]", " ", text)


def code_of(text):
    """The text without comments and without the content of strings; lines stay where they are."""
    def instead(lexeme):
        mark = lexeme.group()[0]
        return blank(lexeme.group()) if mark == "/" else mark * 2
    return LEXEME.sub(instead, text)


def classify(head):
    """(kind, name) of an item."""
    head = ATTRIBUTE.sub("", head)
    function, variable = FUNCTION.match(head), VARIABLE.match(head)
    if head.startswith(("typedef ", "_Static_assert", "extern ")):
        return "other", ""
    if function:
        return "function" if head.endswith("{}") else "prototype", function["pasted"] or function["name"]
    if variable and not re.match(r"(struct|union|enum) \w+$", head):
        return "variable", variable.group(1)
    return "other", ""


def items(text):
    """The items of a file, in order."""
    code = DIRECTIVE.sub(lambda directive: blank(directive.group()), code_of(text))
    for made in INSTANCE.finditer(code):
        line = code.count("\n", 0, made.start()) + 1
        yield Item("function", made.group(1), True, line, line, "", "")
    code = INSTANCE.sub(lambda made: blank(made.group()), code)
    depth, start, last, head = 0, 0, 0, ""
    for brace in re.finditer(r"[{};]", code):
        mark = brace.group()
        head += code[last:brace.start()] if depth == 0 else ""
        depth += (mark == "{") - (mark == "}")
        if head.split() == ["extern", '""'] or depth < 0:  # extern "C" and its end
            depth, start, last, head = 0, brace.end(), brace.end(), ""
        if depth > 0:
            continue
        last = brace.end()
        head += "{}" if mark == "}" else ""
        line = " ".join(head.split())
        kind, name = classify(line)
        if mark == ";" or kind == "function":
            first = last - len(code[start:last].lstrip())
            yield Item(kind, name, "static" in line.split(), code.count("\n", 0, first) + 1,
                       code.count("\n", 0, last) + 1, line, code[first:last])
            start, head = last, ""
