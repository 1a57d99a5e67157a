"""The templates of the fixtures, in groups. `combinatorial`: all results in order; `cyclical`: the first ten;
`random`: how often; `jinja`: all results; `jinja_random`: how often."""

COMBINATORIAL = {
    "text": [
        "plain text", "", " ", "  leading and trailing  ", "line\nline", "tab\there", "a\tb\n\tc", "(x:1.2), [a:b:0.5], [a|b], <lora:z:1>", "ends with }", "a|b outside",
        "a}b|c", "\\{a|b\\}", "\\(bracket\\)", "emoji 🎨 and é", "AND BREAK", "one:two::three", "5-3 = 2", "~!@^&*()-+=", "{{a}}", "http://example.org/a",
    ],
    "comments": [
        "a # comment", "a # comment\nb", "# first\nb", "a\n# middle\nb", "// first\nb", "{a|b} // last\nc", "{a|b}//c\nd", "/* block */a", "a /* kept */ b", "{a|b} /* gone */ c",
        "{# c\n a|b}", "{a# }\n|b}", "{a|/* x */b}", "{a|b // x\n}", "{a}  # x\nb", "#", "//", "a #1\n#2\nb", "#fff\n{a|b}", "{a|b}/* open", "{1|2}/",
    ],
    "variants": [
        "{a|b|c}", "{a}", "{}", "{|}", "{a|}", "{|a}", "{a||b}", "x{a|b}y{c|d}z", "{a|b}{a|b}", "{a|a|b}", "{ a | b }", "{\na\n|\nb\n}", "{a|{b|c}}", "{{a|b}|{c|d}}", "{{a|b}{c|d}|e}",
        "{a|b{c|d{e|f}}}", "{ {a|b} | c}", "{a b|c,d}", "{a:b|c}", "{(a:1.2)|[b]}", "{a|b} and {c|d} and {e|f}", "{a|b}\n\n{c|d}", "{a\u00a0|b}", "{A|a}", "{1|2|3}", "{-1|2}", "{<lora:a:1>|<lora:b:0.5>}",
    ],
    "weights": [
        "{2::a|b}", "{0.5::a|1.5::b}", "{.5::a|2.::b}", "{2::2::a|b}", "{ 2::a | b }", "{2:: a|b}", "{2 ::a|b}", "{a::b|c}", "{+3::a|b}", "{+3.5::a|b}", "{1.5e3::a|b}", "{0::a|b}", "{1::{a|b}|c}", "{-1::a|b}", "{3::}", "{2::|a}",
    ],
    "counts": [
        "{2$$a|b|c}", "{1-2$$a|b}", "{2$$ and $$a|b|c}", "{1-2$$ and $$a|b|c}", "{-2$$a|b|c}", "{2-$$a|b|c}", "{0-1$$a|b}", "{0$$a|b}", "{3$$a|b}", "{5-9$$a|b}", "{3-1$$a|b|c}", "{2$$a|a|b}", "{3$$a|a|b}", "{2$$, $$a|b|}",
        "{2$$|$$a|b}", "{2$$ | $$a|b}", "{2$$ $$a|b}", "{2$$$$a|b}", "{2$$; $$ a | b }", "{2$$ and $$ {a|b} | c }", "{2$${a|b}|{b|c}}", "{2$$-$$a|b} {1-2$$+$$c|d}", "{1$$a|b}", "{1$$a}", "{0$$a}", "{2$$a}", "{0-2$$,$$a|b|c}", "{2$$:$$1|2|3}",
        "{2$$0.5::a|2::b|c}", "{2$$ AND $$1::a|2::b}", "{1$$a\n|b}", "{2$$.$$.a|b.}", "{2$$a$$ab|b}", "{2$$,$$,a|b,}", "{2$$, $$a|b|c} {x|y}", "{01$$a|b}", "{10$$1|2}", "{2$$ #$$a|b}", "{!2$$a|b|c}", "{2$$a|b|{2$$-$$c|d}}",
    ],
    "wildcards": [
        "__colours__", "a __colours__ b", "__colours__ __colours__", "__colours*__", "__colours-warm__", "__one__", "__template__", "__a/one__", "__a/*__", "__a/b/*__", "__**/x__", "__a/**__", "__x__", "__deep__", "__b/deep__",
        "__?ne__", "__[co]*__", "__*/x__", "__a/[!o]*__", "__colours-[!x]*__", "__hash__", "__weights-in-text__", "__sorting__", "__dash-name__", "__dot.name__", "__with space__", "__/a/one/__", "__a//one__", "__a\\one__", "__lora__",
        "{__colours__|black}", "{__colours__}", "{2$$__colours__}", "{2$$ and $$__colours__}", "{1-2$$__one__}", "{2$$__colours__|black}", "{2$$__colours__|__colours__}", "{0-1$$__a/one__}", "{__template__|x}", "__assign__",
        "__clothes__", "__upper/shirts__", "__upper/coats__", "__upper/*__", "__lower__", "__single__", "__numbers__", "__animals__", "__flat-list__", "__base__", "__again__", "__nested/fruit/sweet__", "__nested/fruit/*__", "__fruit/sour__",
        "__metal/hard__", "__metal/*__", "__wood__", "__templates__", "__json-list__", "__w__", "__zero__", "__same__", "{2$$__w__}", "{2$$__same__}", "__secret__", "__other__", "__nowhere__", "__../colours__", "__colours __",
        "__{a/one|a/two}__", "__a/{one|b/deep}__", "___one__", "__~one__ {a|b}", "__!colours__", "__Colours__", "__a__b__", "__one____one__", "x__one__y", "__one__(y)",
    ],
    "variables": [
        "${x=red}${x} ${x}", "${x={a|b}}${x} ${x}", "${x=!{a|b}}${x} ${x}", "${x=a}${x=b}${x}", "${x}", "${x:red}", "${x:{a|b}}", "${x:}", "${ x = red }${ x }.", "${x?=a}${x}", "${x=a}${x?=b}${x}", "${x=a} only", "${x=a}", "${x} ${x=late}",
        "${x=a}{${x}|${x}b}", "${x=__colours__}${x}", "${x=!__colours__}${x}", "${x={a|b}}${y={${x}1|2}}${y}", "${x=${x}}${x}", "${x=${y}}${y=${x}}${x}", "${a-b_c=1}${a-b_c}", "${1x}", "${x=}${x}", "${x= a }[${x}]", "${x=!a}${x}", "${x=!{a|b}}{c|d}${x}",
        "__frame(x=red)__", "__frame(x={a|b})__", "__frame__", "${x=blue}__frame__", "__frame-default__", "__frame-default(x=gold)__", "__two-vars(x=1, y=2)__", "__two-vars(x=1)__", "__frame(x = red )__", "__frame (x=red)__", "__frame(x=__colours__)__", "__frame(x=a b)__",
        "__frame(x=)__", "__frame(x)__", "{2$$__frame(x=1)__|z}", "{__frame(x=1)__}", "${n=colours}__${n}__", "__${n:one}__", "__${one}__", "${n=a}__${n}/one__", "${n={one|a/one}}__${n}__", "${x=a}${y=!${x}}${y}",
        "${x=a}%{[...]$$${x}}", "${x:a|b}", "${x:{a|b}} ${x:c}", "__${x:{a|b}}__",
    ],
    "wraps": [
        "%{[...]$$a}", "%{a ... b$$c}", "%{ {x|y} ... $$ {c|d} }", "%{no room$$c}", "%{…$$c}", "%{a..b$$c}", "%{a.....b...$$c}", "%{...$$%{(...)$$c}}", "%{a$$}", "%{$$b}", "x %{<...>$$__colours__} y", "%{a ⋯ b$$c}",
    ],
    "marks": [
        "{@a|b} {c|d}", "{@a|b}", "{c|d|e} {@a|b}", "{@a|b} {@a|b} {c|d}", "{@a|b}{@c|d} {e|f}", "{!a|b}", "{@{!a|b}|c} {1|2|3}", "__@colours__ {a|b|c|d}", "{a|b}{@1|2}{c|d}", "{{a|b}{@1|2}|c}", "{2$$a|{@b|c}}", "{2$${@b|c}|a}", "{@2$$a|b|c} {1|2|3|4}",
        "{@0-1$$a|b} {1|2|3|4|5}", "{@__colours__} {1|2|3|4}", "{@2$$__colours__} {1|2|3}", "{@ a|b} {1|2}", "{@a|{@b|c}} {1|2|3|4}", "{@2$$-$${x|y}|b} {1|2|3}", "{@template} {1|2}", "__@template__ {1|2|3|4}", "{~a} {b|c}", "{~@a|@a} {1|2}", "{@3::a|b} {1|2|3|4}", "__@w__ {1|2|3|4|5|6|7}",
    ],
    "malformed": [
        "{a|b", "a {b", "{a|{b}", "{2 $$ a|b}", "{ -2 $$a|b}", "{1- 2$$a|b}", "{~ 2$$a|b}", "x __a", "a__b", "__", "____", "${x", "${", "${x y}", "%{a}", "%{a$$b", "%{", "__a(x=1__", "__a(x=1)b__", "__a{b__", "__(x=1)__", "{__a|b__}", "__${x={a}}__", "{a|__b}", "${x=${y=1}}", "{${x=1}|b}", "{$$a}",
    ],
    "lenient": ["${x=a$b}${x}", "100% cotton", "costs $5", "{100%|50$}", "a $ b % c", "{2$$、$$a|b}"],
}

SQUASHED = ["  a   b ", "{ a | b }  c", "a\n\n{b|c}\n", "{a b |c}", "__template__  x", "a\tb", "{2$$ , $$a |b }", "__colours __"]

CYCLICAL = [
    "{a|b|c}", "{a|b} {c|d|e}", "{a|b} {a|b}", "{a|{b|c}}", "{{a|b}|c}", "{2$$a|b|c}", "{1-2$$a|b}", "{0-1$$a|b}", "__colours__", "__template__", "__w__", "{2$$__colours__}", "{__colours__|x}", "${x={a|b}}${x} ${x}", "${x=!{a|b}}${x} ${x}", "plain", "{@a|b}{c|d}", "{!a|b}{c|d}",
    "{2$${a|b}|{c|d}}", "{a|a|b}", "{3::a|b}", "__frame(x={a|b})__", "__a/*__", "{2$$-$${a|b}|c}", "{a|}", "{}", "__metal/hard__ __metal/hard__",
]

# (template, how many of one drawing are looked at together)
RANDOM = [
    ("{a|b|c}", 1), ("{3::a|b}", 1), ("{0.5::a|2::b|c}", 1), ("{0::a|b|c}", 1), ("{a|a|b}", 1), ("{a|b} {a|b}", 1), ("{a|b}", 2), ("{2$$a|b|c}", 1), ("{1-2$$a|b|c}", 1), ("{0-2$$a|b}", 1), ("{-3$$a|b|c}", 1), ("{2-$$a|b|c}", 1), ("{2$$1::a|2::b|1::c}", 1), ("{2$$3::a|2::b|1::c}", 1), ("{2$$5::a|5::b|1::c|2::d}", 1),
    ("{2$$a|a|b}", 1), ("{5$$a|b}", 1), ("{a|{b|c}}", 1), ("{{a|b}|{c|{d|e}}}", 1), ("__colours__", 1), ("__colours*__", 1), ("__w__", 1), ("__upper/coats__", 1), ("__zero__", 1), ("__same__", 1), ("__animals__", 1), ("{2$$__colours__}", 1), ("{2$$__w__}", 1), ("{1-2$$ and $$__a/one__}", 1), ("{__colours__|black}", 1), ("__template__", 1),
    ("${x={a|b}}${x} ${x}", 1), ("${x=!{a|b}}${x} ${x}", 1), ("${x=!{a|b}}${x}", 2), ("${x={a|b}}${x}", 2), ("${x:{2::a|b}}", 1), ("__frame(x={a|b})__", 1), ("__assign__", 1), ("{@a|b}", 2), ("{@a|b} {c|d}", 2), ("{@a|b|c}{@a|b|c}", 2), ("__@colours__", 2), ("{~{@a|b}|{@c|d}}", 2), ("{!a|b}", 1), ("__{a/one|one}__", 2), ("%{{a|b} ... $${c|d}}", 1),
    ("{0$$a}", 1), ("{2$$a}", 1), ("{a|}", 1), ("{1$$__one__}", 1), ("__~colours__", 1), ("{@2$$a|b|c}", 2), ("{@{~a|b}|c}", 2), ("{0.1::a|0.2::b|0.7::c}", 1), ("{2$$, $$a|b|}", 1), ("{2$$__colours__|black}", 1),
]
COMBINATORIAL_RANDOM = [("{~a|b} {c|d}", 2), ("{~a|b} {~a|b}", 1), ("__~colours__ {a|b}", 2), ("{~2$$a|b|c}", 1), ("{a|{~b|c}}", 2), ("{~3::a|b} {@c|d} {e|f}", 2), ("{2$${~a|b}|c}", 1), ("${x={~a|b}}${x} {c|d}", 2)]
CYCLICAL_RANDOM = [("{a|{~b|c}}", 2), ("{~a|b} {c|d}", 2)]

# (template, how many renderings)
JINJA = [
    ("plain", 2), ("{{ 'a' }}", 1), ("{% for c in ['red','blue'] %}{{ c }} {% endfor %}", 1), ("{% for c in ['red','blue'] %}{% prompt %}I love {{ c }} roses{% endprompt %}{% endfor %}", 1), ("{% set x = 'a' %}{{ x }}{{ x }}", 1), ("{% if 1 < 2 %}yes{% else %}no{% endif %}", 1),
    ("{% for a in ['x','y'] %}{% for b in [1,2] %}{% prompt %}{{ a }}{{ b }}{% endprompt %}{% endfor %}{% endfor %}", 1), ("{% prompt %}a{% endprompt %} outside", 2), ("{{ ['a','b'] | join(', ') }}", 1), ("{{ wildcard('colours') | join(' ') }}", 1), ("{{ wildcard('__colours__') | join(' ') }}", 1), ("{{ wildcard('template') | join(';') }}", 1),
    ("{% for c in wildcard('a/*') %}{% prompt %}{{ loop.index }} {{ c }}{% endprompt %}{% endfor %}", 1), ("{% for p in permutations(['a','b','c'], 2) %}{{ p | join('-') }} {% endfor %}", 1), ("{% for p in permutations(['a','b'], 1, 2) %}{{ p | join('-') }};{% endfor %}", 1), ("{{ permutations(['a','b'], 1) | length }}", 1), ("{{ all_combinations('{a|b} {c|d}') | join(';') }}", 1),
    ("{{ choice('only') }}", 1), ("{{ weighted_choice(('a', 1), ('b', 0)) }}", 1), ("{{ randint(3, 3) }}", 1), ("{{ random_sample('plain {a}') }}", 1), ("{{ undefined_thing }}x", 1), ("{# comment #}x", 1), ("a\n", 1), ("a\n\n", 1), ("{%- if true -%} x {%- endif -%} y", 1), ("{{ 'a' ~ 1 ~ 'b' }}", 1), ("{{ 1 + 2 * 3 }}", 1), ("{{ 7 // 2 }} {{ 7 % 3 }} {{ 2 ** 3 }} {{ -7 // 2 }} {{ -7 % 3 }}", 1),
    ("{{ 'x' if false else 'y' }}", 1), ("{{ 'x' if false }}", 1), ("{% for i in range(3) %}{{ i }}{% endfor %}", 1), ("{% for i in range(5, 0, -2) %}{{ i }},{% endfor %}", 1), ("{% for i in [] %}x{% else %}none{% endfor %}", 1), ("{% for i in [1,2,3] %}{{ i }}{% if not loop.last %}, {% endif %}{% endfor %}", 1), ("{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}={{ v }} {% endfor %}", 1), ("{% set d = {'a': 1} %}{{ d.a }}{{ d['a'] }}{{ d.zz }}", 1),
    ("{% set l = ['p','q'] %}{{ l[0] }}{{ l[1] }}{{ l[5] }}", 1), ("{{ 'Abc' | upper }}{{ 'Abc' | lower }}{{ 'abc def' | title }}{{ 'aBC' | capitalize }}", 1), ("{{ ' x ' | trim }}", 1), ("{{ 'aXbX' | replace('X', '-') }}", 1), ("{{ [3,1,2] | sort | join }}", 1), ("{{ ['b','a'] | first }}{{ ['b','a'] | last }}{{ [1,2] | length }}{{ [1,2] | sum }}", 1), ("{{ nothing | default('d') }}", 1), ("{{ 'a' in ['a','b'] }} {{ 'z' not in 'abc' }}", 1),
    ("{{ true }} {{ none }} {{ [1,'a'] }} {{ ('a',) }} {{ {'k': 'v'} }}", 1), ("{{ 'a' == 'a' and 1 != 2 or false }}", 1), ("{{ x is defined }} {{ 1 is odd }} {{ 2 is even }}", 1), ("{{ 'a,b'.split(',') | join('+') }}", 1), ("{{ ', '.join(['a','b']) }}", 1), ("{{ 'abc'.upper() }}", 1), ("{% raw %}{{ x }}{% endraw %}", 1), ("<b> & \"quotes\" {{ '<i>' }}", 1), ("{% set x %}block {{ 1 }}{% endset %}[{{ x }}]", 1),
    ("{% macro m(a, b='z') %}{{ a }}{{ b }}{% endmacro %}{{ m('x') }} {{ m('x', 'y') }}", 1), ("{% for i in range(3) if i != 1 %}{{ i }}{% endfor %}", 1), ("{% if a %}1{% elif 1 %}2{% endif %}", 1), ("{{ [1,2,3] | reverse | join }}", 1), ("{{ 'x' * 3 }}", 1), ("{{ ['a'] + ['b'] }}", 1), ("{{ 5 | string }}{{ '5' | int + 1 }}", 1), ("{{ loop }}", 1), ("{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{% endfor %}{{ x }}", 1),
    ("{{ ['a','b','a'] | unique | join }}", 1), ("{{ 10 / 4 }}", 1), ("{{ 1.5 + 1 }}", 1), ("{% for i in 'abc' %}{{ i }}.{% endfor %}", 1), ("{% for i in [1,2] %}{{ loop.index0 }}{{ loop.first }}{{ loop.length }}{{ loop.revindex }}{% endfor %}", 1),
    ("{% if %}", 1), ("{{ a", 1), ("{% for %}", 1), ("{{ unknown_function() }}", 1), ("{{ a.b.c }}", 1), ("{% endfor %}", 1), ("{% prompt %}x", 1), ("{% include 'x' %}", 1), ("{{ 1 / 0 }}", 1), ("{{ choice() }}", 1),
]
JINJA_RANDOM = [
    ("{{ choice('a','b','c') }}", 1), ("{{ choice('a','b') }} {{ choice('a','b') }}", 1), ("{{ weighted_choice(('a', 3), ('b', 1)) }}", 1), ("{{ randint(1, 4) }}", 1), ("{{ random() < 0.25 }}", 1), ("{% if random() < 0.3 %}x{% else %}y{% endif %}", 1), ("{{ wildcard('colours') | random }}", 1), ("{{ random_sample('{a|b} {c|d}') }}", 1), ("{% prompt %}{{ choice('a','b') }}{% endprompt %}", 2), ("{% set x = choice('a','b') %}{{ x }}{{ x }}", 1),
]
