"""What a function would do, step by step, without doing it: statements in order, loops over literal lists unrolled, helpers followed.

Only what is written out is followed. A branch is walked with a note that it may not be taken; what cannot be known is `Unknown`.
Values are those of `safelint.values`, or objects of whoever walks (a table, a query, a connection).
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from safelint.facts.migrations import Dialect
from safelint.readers.python._calls import last_name
from safelint.readers.python._elsewhere import Elsewhere
from safelint.readers.python._folding import combined, formatted, joined
from safelint.readers.python._module import PythonModule
from safelint.records import dataclass, field, replace
from safelint.values import Known, Listing, Mapping, Reference, Template, Unknown, Value

_MOST_STEPS = 20_000  # expressions and statements; beyond is a program, not a migration
_MOST_TURNS = 500  # of one loop
_DEEPEST_CALL = 8
_MOST_CHOICES = 3  # in one statement
_DIALECTS: dict[str, Dialect] = {"postgresql": "postgresql", "postgres": "postgresql", "mysql": "mysql", "mariadb": "mysql", "sqlite": "sqlite",
                                 "sqlite3": "sqlite", "mssql": "mssql", "oracle": "oracle"}  # fmt: skip


class TooLong(Exception):
    """There was more to walk than any migration has."""


class _Left(Exception):
    """The end of a function: return or raise."""

    def __init__(self, result: object) -> None:
        super().__init__()
        self.result = result


class _Skipped(_Left):
    """The end of one turn of a loop: continue or break."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function, with the names that it sees around it; `module` is its file, None for the one that is walked."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    names: dict[str, object] = field(default_factory=dict, compare=False)
    module: PythonModule | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the walk is. `sure` is False where it may not come by; `transactional` as in `safelint.facts.migrations.Statement`."""

    names: dict[str, object]
    conditional: bool = False
    dialect: Dialect | None = None
    transactional: bool | None = None
    repeated: bool = False
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """A call as the walk meets it. `on`: what the method's object is, None for a plain function; `name`: the dotted name, imports resolved."""

    node: ast.Call
    name: str | None
    method: str
    on: object
    args: tuple[object, ...]
    kwargs: dict[str, object]

    def argument(self, name: str, position: int | None = None) -> object:
        """An argument by keyword or position, None where it is absent."""
        if name in self.kwargs:
            return self.kwargs[name]
        if position is not None and len(self.args) > position:
            return self.args[position]
        return None

    def has(self, name: str) -> bool:
        """Whether a keyword is given."""
        return name in self.kwargs


def text(value: object) -> str | None:
    """The text of a known string."""
    return value.value if isinstance(value, Known) and isinstance(value.value, str) else None


def flag(value: object) -> bool:
    """Whether a value is surely true."""
    return isinstance(value, Known) and bool(value.value)


class Walk:
    """Walks functions of one file, and those of others that lie beside it. A subclass says what calls mean."""

    def __init__(self, module: PythonModule, elsewhere: Elsewhere | None = None) -> None:
        self.module = module
        self.elsewhere = elsewhere or Elsewhere(module.path)
        self.frame = Frame({})
        self._steps = 0
        self._globals_of: dict[str, dict[str, object]] = {}
        self._running: list[ast.AST] = []
        self._ways: dict[ast.AST, bool] = {}

    @property
    def _globals(self) -> dict[str, object]:
        return self._globals_of.setdefault(self.module.path, {})

    # ---- what a subclass answers

    def on_call(self, call: Call) -> object:
        """What a call gives. `NotImplemented` where it means nothing special."""
        return NotImplemented

    def on_attribute(self, on: object, name: str) -> object:
        """What an attribute of an object is. `NotImplemented` where it is nothing special."""
        return NotImplemented

    def on_name(self, dotted: str) -> object:
        """What an imported name is. `NotImplemented` where it is nothing special."""
        return NotImplemented

    def on_comparison(self, node: ast.Compare, left: object, right: object) -> object:
        """What a comparison of two things is. `NotImplemented` where it is nothing special."""
        return NotImplemented

    def on_operator(self, operator: ast.operator | ast.unaryop, *operands: object) -> object:
        """What an operator makes of its operands. `NotImplemented` where it is nothing special."""
        return NotImplemented

    def on_set(self, on: object, name: str, value: object, node: ast.expr) -> None:
        """An attribute that gets a value."""

    def on_iterate(self, over: object) -> object:
        """What a loop over an object gets in each turn. `NotImplemented` where it is nothing special."""
        return NotImplemented

    # ---- running

    def call(self, function: Function, args: Iterable[object] = (), kwargs: dict[str, object] | None = None) -> object:
        """Walk a function where it is written."""
        with self.inside(function.module or self.module):
            return self.run(function.node, args, kwargs, function.names)

    @contextmanager
    def inside(self, module: PythonModule) -> Iterator[None]:
        """Walk on in another file."""
        before, self.module = self.module, module
        try:
            yield
        finally:
            self.module = before

    def run(self, function: ast.AST, args: Iterable[object] = (), kwargs: dict[str, object] | None = None, closure: dict[str, object] | None = None) -> object:
        """Walk a function with these arguments; what it returns."""
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return Unknown("no function of this file")
        if function in self._running or len(self._running) >= _DEEPEST_CALL:
            return Unknown("too deep")
        names = dict(closure or {}) | self._bind_arguments(function.args, list(args), kwargs or {})
        before = self.frame
        self.frame = replace(before, names=names, depth=before.depth + 1)
        self._running.append(function)
        try:
            if isinstance(function, ast.Lambda):
                return self.evaluate(function.body)
            self.walk(function.body)
        except _Left as left:
            return left.result
        finally:
            self._running.pop()
            self.frame = before
        return Known(None)

    def _bind_arguments(self, signature: ast.arguments, args: list[object], kwargs: dict[str, object]) -> dict[str, object]:
        parameters = [*signature.posonlyargs, *signature.args]
        defaults: list[ast.expr | None] = [None] * (len(parameters) - len(signature.defaults)) + list(signature.defaults)
        names: dict[str, object] = {}
        for index, (parameter, default) in enumerate(zip(parameters, defaults, strict=True)):
            if index < len(args):
                names[parameter.arg] = args[index]
            else:
                names[parameter.arg] = self.module.value(default) if default is not None else Unknown(f"the argument {parameter.arg}")
        for keyword, default in zip(signature.kwonlyargs, signature.kw_defaults, strict=True):
            names[keyword.arg] = self.module.value(default) if default is not None else Unknown(f"the argument {keyword.arg}")
        more = {name: value for name, value in kwargs.items() if name not in names}
        names |= {name: value for name, value in kwargs.items() if name in names}
        if signature.vararg is not None:
            # A list may hold a table as well as a text.
            names[signature.vararg.arg] = Listing(tuple(args[len(parameters) :]))  # type: ignore[arg-type]
        if signature.kwarg is not None:
            names[signature.kwarg.arg] = Mapping(tuple((Known(name), value) for name, value in more.items() if name != "**"))  # type: ignore[misc]
        return names

    def walk(self, body: list[ast.stmt]) -> None:
        """Walk statements in order."""
        for statement in body:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        self._step()
        match node:
            case ast.Expr(value=value):
                self._each_way(value)
            case ast.Assign(targets=targets, value=value):
                result = self.evaluate(value)
                for target in targets:
                    if isinstance(target, ast.Attribute):
                        self.on_set(self.evaluate(target.value), target.attr, result, target)
                    else:
                        self.bind(target, result)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self.bind(target, self.evaluate(value))
            case ast.AugAssign(target=ast.Name(id=name), op=operator, value=value):
                added = self.evaluate(value)
                before = self.frame.names.get(name, Unknown("a sum"))
                self.frame.names[name] = combined(as_value(before), operator, as_value(added))
            case ast.If(test=test, body=body, orelse=orelse):
                self._if(test, body, orelse)
            case ast.For(target=target, iter=iterable, body=body, orelse=orelse) | ast.AsyncFor(target=target, iter=iterable, body=body, orelse=orelse):
                self._for(target, self.evaluate(iterable), lambda: self.walk(body))
                self.walk(orelse)
            case ast.While(test=test, body=body):
                self.evaluate(test)
                # A loop over batches runs as long as there are rows: its body is not optional.
                with self.given(repeated=True):
                    self._leaving_only_here(body)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                self._leaving_only_here([*body, *orelse], conditional=False)
                for handler in handlers:
                    self._leaving_only_here(handler.body)
                self.walk(final)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                self._with(items, body)
            case ast.Return(value=value):
                raise _Left(self.evaluate(value) if value is not None else Known(None))
            case ast.Continue() | ast.Break():
                raise _Skipped(Known(None))
            case ast.Raise():
                raise _Left(Unknown("an exception"))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.frame.names[node.name] = Function(node, self.frame.names, self.module)
            case ast.Match(subject=subject, cases=cases):
                self.evaluate(subject)
                for case in cases:
                    self._leaving_only_here(case.body)
            case ast.Delete() | ast.Assert():
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.evaluate(child)

    def _each_way(self, node: ast.expr) -> None:
        """Evaluate a statement once for each way that `x if y else z` in it can go."""
        open_ones = [each for each in ast.walk(node) if isinstance(each, ast.IfExp) and not isinstance(self.value(each.test), Known)]
        if not 0 < len(open_ones) <= _MOST_CHOICES:
            self.evaluate(node)
            return
        with self.given(conditional=True):
            for ways in itertools.product((True, False), repeat=len(open_ones)):
                self._ways = dict(zip(open_ones, ways, strict=True))
                self.evaluate(node)
        self._ways = {}

    def _leaving_only_here(self, body: list[ast.stmt], conditional: bool = True) -> None:
        """Walk a branch that may not be taken, or one that ends only itself."""
        try:
            with self.given(conditional=conditional or self.frame.conditional):
                self.walk(body)
        except _Left as left:
            if not conditional:
                raise
            # A guard that raises or returns decides about all that follows at once: among themselves those statements are sure.
            # One that skips a turn of a loop chooses among rows.
            if isinstance(left, _Skipped):
                self.frame = replace(self.frame, conditional=True)

    @contextmanager
    def given(
        self, conditional: bool | None = None, dialect: Dialect | None = None, transactional: bool | None = None, repeated: bool = False
    ) -> Iterator[None]:
        """Walk on under a condition."""
        before = self.frame
        self.frame = replace(
            before,
            conditional=before.conditional if conditional is None else conditional,
            dialect=dialect or before.dialect,
            transactional=before.transactional if transactional is None else transactional,
            repeated=repeated or before.repeated,
        )
        try:
            yield
        finally:
            self.frame = before

    def _if(self, test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt]) -> None:
        result = self.evaluate(test)
        dialect = self._dialect_tested(test)
        if isinstance(result, Known) and not dialect:
            return self.walk(body if result.value else orelse)
        if dialect:
            equal, name = dialect
            # A statement for one database is no less certain there.
            for branch, is_it in ((body, equal), (orelse, not equal)):
                try:
                    with self.given(dialect=name if is_it else None):
                        self.walk(branch)
                except _Skipped:
                    self.frame = replace(self.frame, conditional=True)
                except _Left:
                    continue
            return None
        self._leaving_only_here(body)
        return self._leaving_only_here(orelse)

    def _dialect_tested(self, test: ast.expr) -> tuple[bool, Dialect] | None:
        match test:
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as operator], comparators=[right]):
                for subject, other in ((left, right), (right, left)):
                    written = self.module.text(subject)
                    found = _DIALECTS.get(text(self.module.value(other)) or "")
                    if found and ("dialect" in written or "vendor" in written or "drivername" in written or "engine.name" in written or ".name" in written):
                        return isinstance(operator, ast.Eq), found
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self._dialect_tested(operand)
                return (not inner[0], inner[1]) if inner else None
        return None

    def _for(self, target: ast.expr, over: object, body: Callable[[], None]) -> None:
        def turn() -> None:
            with self.given(), suppress(_Skipped):
                body()

        if isinstance(over, Listing) and len(over.items) <= _MOST_TURNS:
            for item in over.items:
                self.bind(target, item)
                turn()
            return
        self.bind(target, over.items[0][0] if isinstance(over, Mapping) and len(over.items) == 1 else Unknown("one of several"))
        if isinstance(over, Mapping) and len(over.items) <= _MOST_TURNS:
            for key, _ in over.items:
                self.bind(target, key)
                turn()
            return
        found = self.on_iterate(over)
        if found is not NotImplemented:
            self.bind(target, found)
            turn()
            return
        with self.given(conditional=True):
            turn()

    def _with(self, items: list[ast.withitem], body: list[ast.stmt]) -> None:
        before = self.frame
        try:
            for item in items:
                entered = self.evaluate(item.context_expr)
                change = self.on_enter(entered)
                if change is not None:
                    self.frame = replace(self.frame, transactional=change)
                if item.optional_vars is not None:
                    self.bind(item.optional_vars, entered)
            self.walk(body)
        finally:
            self.frame = replace(before, names=self.frame.names)

    def on_enter(self, entered: object) -> bool | None:
        """Whether what stands in a `with` of this object is in a transaction; None where it changes nothing."""
        return None

    def bind(self, target: ast.expr, value: object) -> None:
        """Give a name, or several, a value."""
        match target:
            case ast.Name(id=name):
                self.frame.names[name] = value
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                items = value.items if isinstance(value, Listing) and len(value.items) == len(elts) else tuple(Unknown("a part") for _ in elts)
                for each, item in zip(elts, items, strict=True):
                    self.bind(each, item)
            case ast.Starred(value=inner):
                self.bind(inner, Unknown("a part"))

    # ---- expressions

    def evaluate(self, node: ast.expr) -> object:
        """What an expression is, after every call in it was met once and in order."""
        if isinstance(node, ast.Constant):
            return self.module.value(node)
        self._step()
        match node:
            case ast.Call():
                return self._call(node)
            case ast.Name(id=name):
                return self._name(node, name)
            case ast.Attribute(value=value, attr=attr):
                on = self.evaluate(value)
                found = self.on_attribute(on, attr)
                if found is not NotImplemented:
                    return found
                dotted = self.module.qualified(node)
                if dotted and self.module.is_imported(node):
                    found = self._imported(dotted)
                    if found is not NotImplemented:
                        return found
                return self.value(node)
            case ast.Await(value=value):
                return self.evaluate(value)
            case ast.NamedExpr(target=target, value=value):
                result = self.evaluate(value)
                self.bind(target, result)
                return result
            case ast.Lambda():
                return Function(node, self.frame.names, self.module)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                decided = Known(self._ways[node]) if node in self._ways else self.evaluate(test)
                if isinstance(decided, Known):
                    return self.evaluate(body if decided.value else orelse)
                with self.given(conditional=True):
                    first, second = self.evaluate(body), self.evaluate(orelse)
                return first if first == second else self.value(node)
            case (
                ast.ListComp(generators=[generator], elt=element)
                | ast.SetComp(generators=[generator], elt=element)
                | ast.GeneratorExp(generators=[generator], elt=element)
            ):
                return self._comprehension(generator, element)
            case ast.Compare(left=left, comparators=[right]):
                first, second = self.evaluate(left), self.evaluate(right)
                found = self.on_comparison(node, first, second)
                return found if found is not NotImplemented else Unknown("a comparison")
            case ast.Subscript(value=value, slice=key):
                on, index = self.evaluate(value), self.evaluate(key)
                return self._item(node, on, index)
            case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
                return self._several(elts)
            case ast.Dict(keys=keys, values=values):
                pairs = [(self.evaluate(key) if key else Unknown("a spread"), self.evaluate(each)) for key, each in zip(keys, values, strict=True)]
                return Mapping(tuple(pairs))  # type: ignore[arg-type]
            case ast.BinOp(left=left, op=operator, right=right):
                first, second = self.evaluate(left), self.evaluate(right)
                found = self.on_operator(operator, first, second)
                return found if found is not NotImplemented else combined(as_value(first), operator, as_value(second))
            case ast.JoinedStr(values=parts):
                return joined(tuple(as_value(self.evaluate(part.value if isinstance(part, ast.FormattedValue) else part)) for part in parts))
            case ast.UnaryOp(op=ast.Not() | ast.Invert() as operator, operand=operand):
                found = self.on_operator(operator, self.evaluate(operand))
                return found if found is not NotImplemented else self.value(node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.evaluate(child)
        return self.value(node)

    def _several(self, elts: list[ast.expr]) -> object:
        items: list[Value] = []
        for each in elts:
            result = self.evaluate(each.value if isinstance(each, ast.Starred) else each)
            if isinstance(each, ast.Starred):
                items.extend(result.items if isinstance(result, Listing) else (Unknown("a spread"),))
            else:
                # A list may hold a table as well as a text; whoever loops over it gets what was put in.
                items.append(result)  # type: ignore[arg-type]
        return Listing(tuple(items))

    def _item(self, node: ast.Subscript, on: object, index: object) -> object:
        found = self.on_attribute(on, text(index) or "") if text(index) else NotImplemented
        if found is not NotImplemented:
            return found
        if isinstance(on, Listing) and isinstance(index, Known) and type(index.value) is int and -len(on.items) <= index.value < len(on.items):
            return on.items[index.value]
        if isinstance(on, Mapping) and text(index) is not None:
            return on.get(text(index) or "") or Unknown("a key that is not there")
        return self.value(node)

    def _comprehension(self, generator: ast.comprehension, element: ast.expr) -> object:
        found: list[object] = []
        # A guard may keep an item out: what runs for each is then only possible.
        with self.given(conditional=True if generator.ifs else None):
            self._for(generator.target, self.evaluate(generator.iter), lambda: found.append(self.evaluate(element)))
        return Listing(tuple(found))  # type: ignore[arg-type]

    def _name(self, node: ast.Name, name: str) -> object:
        if name in self.frame.names:
            return self.frame.names[name]
        if (function := self.module.functions.get(name)) is not None:
            return Function(function, module=self.module)
        dotted = self.module.qualified(node)
        if dotted and self.module.is_imported(node):
            found = self._imported(dotted)
            if found is not NotImplemented:
                return found
        return self._global(node, name)

    def _imported(self, dotted: str, depth: int = 0) -> object:
        """What an imported name is: a library's, or that of a file beside this one. `NotImplemented` where it is not known."""
        found = self.on_name(dotted)
        if found is not NotImplemented or depth > _DEEPEST_CALL or (there := self.elsewhere.module(dotted)) is None:
            return found
        module, name = there
        if (function := module.functions.get(name)) is not None:
            return Function(function, module=module)
        written = ast.Name(name, ast.Load())
        if module.is_imported(written):
            return self._imported(module.qualified(written) or "", depth + 1)
        if not module.assignments(module.tree, name):
            return NotImplemented
        with self.inside(module):
            return self._global(written, name)

    def _global(self, node: ast.Name, name: str) -> object:
        """A name of the module. One that is set once, to a call, is what that call gives: a table, a query."""
        if name in self._globals:
            return self._globals[name]
        assigned = self.module.assignments(self.module.tree, name)
        if len(assigned) == 1 and assigned[0] is not None and self._has_call(assigned[0]) and assigned[0] not in self._running:
            self._running.append(assigned[0])
            before, self.frame = self.frame, Frame({})
            try:
                self._globals[name] = self.evaluate(assigned[0])
            finally:
                self.frame = before
                self._running.pop()
            return self._globals[name]
        return self.value(node)

    def _has_call(self, node: ast.expr) -> bool:
        return any(isinstance(each, ast.Call) for each in ast.walk(node))

    def _call(self, node: ast.Call) -> object:
        func = node.func
        on: object = None
        callee: object = None
        if isinstance(func, ast.Attribute):
            on = self.evaluate(func.value)
        elif isinstance(func, ast.Name):
            callee = self._name(func, func.id)
        else:
            callee = self.evaluate(func)
        args: list[object] = []
        for each in node.args:
            if isinstance(each, ast.Starred):
                spread = self.evaluate(each.value)
                args.extend(spread.items if isinstance(spread, Listing) else (Unknown("a spread"),))
            else:
                args.append(self.evaluate(each))
        kwargs: dict[str, object] = {}
        for keyword in node.keywords:
            result = self.evaluate(keyword.value)
            if keyword.arg:
                kwargs[keyword.arg] = result
            elif isinstance(result, Mapping) and result.whole:
                kwargs |= {str(key.value): item for key, item in result.items if isinstance(key, Known)}
            else:
                kwargs["**"] = result
        method = last_name(func)
        call = Call(node, self.module.qualified(func), method, on if isinstance(func, ast.Attribute) else callee, tuple(args), kwargs)
        if isinstance(on, Reference) and call.name and self.module.is_imported(func):
            callee = self._imported(call.name)
        if isinstance(callee, Function):
            return self.call(callee, args, kwargs)
        found = self.on_call(call)
        if found is not NotImplemented:
            return found
        if call.method == "format" and isinstance(on, Known | Template):
            return formatted(on, {name: as_value(value) for name, value in kwargs.items()}, [as_value(value) for value in args])
        if call.method == "items" and isinstance(on, Mapping):
            return Listing(tuple(Listing((key, value)) for key, value in on.items))
        if call.method in ("values", "keys") and isinstance(on, Mapping):
            return Listing(tuple(pair[0] if call.method == "keys" else pair[1] for pair in on.items))
        if call.name in ("reversed", "sorted", "list", "tuple", "set", "iter") and args and isinstance(args[0], Listing):
            return Listing(args[0].items[::-1]) if call.name == "reversed" else args[0]
        return self.value(node)

    def value(self, node: ast.expr) -> Value:
        """The value of an expression where the walk is."""
        return self.module.value(node, {name: as_value(value) for name, value in self.frame.names.items()})

    def _step(self) -> None:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise TooLong


def as_value(value: object) -> Value:
    """A value, also where it is an object of the walk's own."""
    if isinstance(value, Value):
        return value
    return Unknown("an object")
