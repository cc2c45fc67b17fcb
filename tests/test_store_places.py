"""Where a store stands in a repository: what each place makes of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelint.facts.store import FlushCalled
from safelint.hazards._configurations import Store, stores
from tests.judging import judge, sides


def found(files: dict[str, str]) -> dict[str, Store]:
    _, head, _ = sides(None, files)
    return {store.file: store for store in stores(head)}


def only(files: dict[str, str]) -> Store:
    (store,) = found(files).values()
    return store


def setting(store: Store, name: str) -> str | None:
    return " ".join("?" if each is None else each for each in store.configuration.settings[name]) if name in store.configuration.settings else None


SERVICE = "services:\n  redis:\n    image: redis:7.2\n    {}\n"


@pytest.mark.parametrize(
    ("command", "appendonly", "whole"),
    [
        ("command: redis-server --appendonly yes", "yes", True),
        ('command: "redis-server --appendonly yes"', "yes", True),
        ('command: ["redis-server", "--appendonly", "yes"]', "yes", True),
        ("command:\n      - redis-server\n      - --appendonly\n      - 'yes'", "yes", True),
        ("command: >\n      redis-server\n      --appendonly yes\n      --requirepass $$PASSWORD", "yes", True),
        ("command: --appendonly yes", "yes", True),
        ("command: sh -c 'exec redis-server --appendonly yes'", "yes", True),
        ("entrypoint: redis-server\n    command: --appendonly yes", "yes", True),
        ('entrypoint: ["sh", "-c"]\n    command: ["redis-server --appendonly yes"]', "yes", True),
        ("command: redis-server --appendonly ${AOF:-yes}", "yes", True),
        ("command: redis-server --appendonly ${AOF}", "?", True),
        ("command: python run.py", None, False),
        ("command:", None, True),
    ],
)
def test_forms_of_a_command(command: str, appendonly: str | None, whole: bool) -> None:
    store = only({"docker-compose.yml": SERVICE.format(command)})
    assert (setting(store, "appendonly") if whole else None) == appendonly
    assert store.is_whole == whole


@pytest.mark.parametrize(
    ("volume", "kind", "name"),
    [
        ("- data:/data", "volume", "data"),
        ("- ./data:/data:rw", "volume", "./data"),
        ("- /data", "volume", ""),
        ("- ${DATA:-./data}:/data", "volume", "./data"),
        ("- {type: volume, source: data, target: /data}", "volume", "data"),
        ("- {type: tmpfs, target: /data}", "memory", ""),
        ("- {type: bind, source: ./data, target: /data}", "volume", "./data"),
        ("- memory:/data", "memory", "memory"),
        ("- outside:/data", "volume", "shop-sessions"),
        ("- data:/elsewhere", None, None),
    ],
)
def test_forms_of_a_volume(volume: str, kind: str | None, name: str | None) -> None:
    text = SERVICE.format(f"volumes:\n      {volume}")
    text += "volumes:\n  data:\n  memory:\n    driver_opts: {type: tmpfs, device: tmpfs}\n  outside:\n    name: shop-sessions\n    external: true\n"
    mount = only({"docker-compose.yml": text}).mount
    assert ((mount.kind, mount.name) if mount else (None, None)) == (kind, name)


BASE = SERVICE.format("command: redis-server --save ''\n    volumes: ['data:/data']")


@pytest.mark.parametrize(
    ("path", "text", "appendonly", "mount"),
    [
        ("docker-compose.prod.yml", "services:\n  redis:\n    command: redis-server --appendonly yes\n", "yes", "data"),
        ("docker-compose.prod.yaml", "services:\n  redis:\n    volumes: ['other:/data']\n", None, "other"),
        ("compose.production.yml", "services:\n  redis:\n    restart: always\n", None, "data"),
        (
            "prod.yml",
            "services:\n  redis:\n    extends: {file: docker-compose.yml, service: redis}\n    command: redis-server --appendonly yes\n",
            "yes",
            "data",
        ),
        ("deploy/compose.yml", "services:\n  redis:\n    extends: {file: ../docker-compose.yml, service: redis}\n", None, "data"),
    ],
)
def test_a_layer_on_another_file(path: str, text: str, appendonly: str | None, mount: str) -> None:
    store = only({"docker-compose.yml": BASE, path: text})
    assert store.file == f"{path}#redis"
    assert setting(store, "appendonly") == appendonly
    assert store.mount is not None
    assert store.mount.name == mount
    assert store.service is not None
    assert store.service.image == "redis:7.2"
    assert store.is_whole


def test_a_layer_on_nothing_is_no_store() -> None:
    assert not found({"docker-compose.prod.yml": "services:\n  redis:\n    restart: always\n"})
    assert not only({"a.yml": "services:\n  r:\n    image: redis\n    extends: {file: gone.yml, service: r}\n"}).is_whole


@pytest.mark.parametrize(("volume", "whole"), [(".:/app", False), ("{type: bind, source: ., target: /app}", False), ("./conf:/etc/app", True), ("/app", True)])
def test_a_file_that_runs_the_source_tree_leaves_out_what_it_likes(volume: str, whole: bool) -> None:
    text = SERVICE.format("command: redis-server --save ''") + f"  web:\n    image: python:3\n    volumes:\n      - {volume}\n"
    assert only({"docker-compose.yml": text}).is_whole == whole


def test_layers_in_a_circle_come_to_an_end() -> None:
    one, two = (f"services:\n  redis:\n    extends: {{file: {each}.yml, service: redis}}\n" for each in ("two", "one"))
    assert not found({"one.yml": one, "two.yml": two})


def test_a_service_of_the_same_file_and_merges() -> None:
    text = """
x-store: &store
  image: valkey/valkey:8-alpine@sha256:7777777777777777777777777777777777777777777777777777777777777777
  volumes: ["data:/data"]
services:
  base:
    <<: *store
    command: valkey-server --appendonly yes
    profiles: [dev]
  redis:
    extends: base
    profiles: []
"""
    store = only({"docker-compose.yml": text})
    assert (store.file, setting(store, "appendonly")) == ("docker-compose.yml#redis", "yes")
    assert store.mount is not None
    assert store.service is not None
    assert store.service.image == "valkey/valkey:8-alpine"


def test_built_from_a_dockerfile() -> None:
    files = {
        "docker-compose.yml": "services:\n  redis:\n    build: ./store\n    volumes: ['data:/data']\n",
        "store/Dockerfile": 'FROM redis:7.2\nCOPY redis.conf /etc/redis.conf\nCMD ["redis-server", "/etc/redis.conf"]\n',
        "store/redis.conf": "appendonly yes\n",
    }
    store = only(files)
    assert (store.file, setting(store, "appendonly")) == ("docker-compose.yml#redis", "yes")


def test_a_configuration_written_into_the_file() -> None:
    text = SERVICE.format("command: redis-server /redis.conf\n    configs: [{source: conf, target: /redis.conf}]")
    store = only({"docker-compose.yml": text + "configs:\n  conf:\n    content: |\n      maxmemory 1gb\n      appendonly yes\n"})
    assert setting(store, "appendonly") == "yes"
    assert store.line("appendonly").place.line == 10
    other = only({"docker-compose.yml": text + "configs:\n  conf:\n    file: ./redis.conf\n", "redis.conf": "appendonly no\n"})
    assert setting(other, "appendonly") == "no"


@pytest.mark.parametrize(
    ("image", "more", "appendonly", "save", "kept"),
    [
        ("bitnami/redis:7.2", "", "yes", "", "volume"),
        ("docker.io/bitnami/valkey:8.0", "", "yes", "", None),
        ("bitnami/redis:7.2", "environment: [REDIS_AOF_ENABLED=no]", "no", "", "volume"),
        ("bitnami/redis:7.2", "environment: {REDIS_AOF_ENABLED: no, REDIS_RDB_POLICY: '900#1 60#5'}", "no", "60 5", "volume"),
        ("bitnamilegacy/redis:7.2", "command: /opt/bitnami/scripts/redis/run.sh --appendonly no", "no", "", "volume"),
        ("bitnami/redis:7.2", "command: redis-server --save ''", None, "", None),
    ],
)
def test_bitnami_has_its_own_way(image: str, more: str, appendonly: str | None, save: str, kept: str | None) -> None:
    text = f"services:\n  redis:\n    image: {image}\n    volumes: ['data:/bitnami/redis']\n    {more}\n"
    store = only({"docker-compose.yml": text})
    assert (setting(store, "appendonly"), setting(store, "save")) == (appendonly, save)
    assert (store.mount.kind if store.mount else None) == kept


@pytest.mark.parametrize(
    ("image", "is_there", "whole"),
    [
        ("redis", True, True),
        ("registry.example.com:5000/infra/redis:7", True, True),
        ("public.ecr.aws/docker/library/redis:7", True, True),
        ("somebody/redis:7", True, False),
        ("${STORE_IMAGE}", True, False),
        ("oliver006/redis_exporter:v1", False, True),
        ("redis/redisinsight", False, True),
        ("rediscommander/redis-commander", False, True),
        ("bitnami/redis-sentinel:7", False, True),
    ],
)
def test_images(image: str, is_there: bool, whole: bool) -> None:
    stores_ = found({"docker-compose.yml": f"services:\n  redis:\n    image: {image}\n"})
    assert bool(stores_) == is_there
    assert all(store.is_whole == whole for store in stores_.values())


@pytest.mark.parametrize(
    "path", ["docker-compose.dev.yml", "docker-compose.test.yml", "ci/docker-compose.yml", "compose-local.yaml", "docker-compose.override.yml"]
)
def test_files_for_developers_are_none(path: str) -> None:
    assert not found({path: BASE})


MANIFEST = """\
apiVersion: apps/v1
kind: {kind}
metadata:
  name: redis
spec:
  template:
    spec:
      containers:
        - name: redis
          image: redis:7.2
          {command}
          volumeMounts:
            - {{name: data, mountPath: /data}}
            - {{name: conf, mountPath: /etc/redis}}
      {volumes}
"""
CONF = "      - {name: conf, configMap: {name: redis-conf}}"


def manifest(command: str = "", volumes: str = "", kind: str = "StatefulSet") -> str:
    return MANIFEST.format(kind=kind, command=command, volumes=f"volumes:\n{volumes}" if volumes else "")


@pytest.mark.parametrize(
    ("volumes", "kind", "name"),
    [
        ("      - {name: data, emptyDir: {}}", "pod", "data"),
        ("      - {name: data, emptyDir: {medium: Memory}}", "memory", "data"),
        ("      - {name: data, ephemeral: {}}", "pod", "data"),
        ("      - {name: data, persistentVolumeClaim: {claimName: sessions}}", "volume", "sessions"),
        ("      - {name: data, hostPath: {path: /srv}}", "volume", "data"),
    ],
)
def test_volumes_of_a_pod(volumes: str, kind: str, name: str) -> None:
    mount = only({"redis.yaml": manifest(volumes=volumes)}).mount
    assert mount is not None
    assert (mount.kind, mount.name) == (kind, name)


def test_a_configuration_in_a_configmap_by_way_of_an_init_container() -> None:
    config = "---\nkind: ConfigMap\nmetadata: {name: redis-conf}\ndata:\n  redis.conf: |\n    appendonly yes\n"
    direct = manifest('command: ["redis-server", "/etc/redis/redis.conf"]', CONF) + config
    assert setting(only({"redis.yaml": direct}), "appendonly") == "yes"
    init = """      - {name: conf, emptyDir: {}}
      - {name: given, configMap: {name: redis-conf}}
      initContainers:
        - name: copy
          image: busybox
          command: ["sh", "-c", "cp -f /given/redis.conf /etc/redis/"]
          volumeMounts: [{name: given, mountPath: /given}]"""
    assert setting(only({"redis.yaml": manifest('command: ["redis-server", "/etc/redis/redis.conf"]', init) + config}), "appendonly") == "yes"


KUSTOMIZATION = """\
resources: [../../base]
configMapGenerator:
  - name: redis-conf
    files: [redis.conf=conf/redis-production.conf]
"""


def test_kustomize_makes_a_configmap_from_a_file() -> None:
    files = {
        "base/redis.yaml": manifest('args: ["/etc/redis/redis.conf"]', CONF),
        "base/kustomization.yaml": "resources: [redis.yaml]\nconfigMapGenerator: [{name: redis-conf, literals: ['redis.conf=save 60 1']}]\n",
    }
    assert setting(only(files), "save") == "60 1"
    del files["base/kustomization.yaml"]
    files |= {"overlays/production/kustomization.yaml": KUSTOMIZATION, "overlays/production/conf/redis-production.conf": "maxmemory 1gb\nappendonly yes\n"}
    assert setting(found(files)["base/redis.yaml#workload/redis/redis"], "appendonly") == "yes"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "overlays/production/redis.yaml",
            "kind: StatefulSet\nmetadata: {name: redis}\nspec: {template: {spec: {containers: [{name: redis, args: [--appendonly, 'yes']}]}}}\n",
        ),
        (
            "overlays/production/kustomization.yaml",
            "patches:\n  - patch: |-\n      kind: StatefulSet\n      metadata: {name: redis}\n      spec:\n        template:\n"
            "          spec:\n            containers:\n              - name: redis\n                args: ['--appendonly', 'yes']\n",
        ),
    ],
)
def test_a_patch_is_a_layer_on_its_manifest(path: str, text: str) -> None:
    store = only({"base/redis.yaml": manifest('args: ["--save", ""]', "      - {name: data, persistentVolumeClaim: {claimName: a}}"), path: text})
    assert (store.file.partition("#")[0], setting(store, "appendonly"), setting(store, "save")) == (path, "yes", None)
    assert store.mount is not None
    assert store.line("appendonly").place.line == text[: text.index("--appendonly")].count("\n") + 1
    assert not found({path: text})


def test_kustomize_gives_another_image() -> None:
    overlay = "resources: [../base]\nimages: [{name: redis, newTag: '6.2'}]\n"
    store = only({"base/redis.yaml": manifest('args: ["--appendonly", "yes"]'), "production/kustomization.yaml": overlay})
    assert store.service is not None
    assert (store.service.image, setting(store, "appendonly")) == ("redis:6.2", "yes")
    other = found({"elsewhere/redis.yaml": manifest(), "production/kustomization.yaml": overlay})
    assert [each.service.image for each in other.values() if each.service] == ["redis:7.2"]


def test_lists_and_templates_of_openshift() -> None:
    inner = "\n".join(f"    {line}" for line in manifest('args: ["--appendonly", "${LOG}"]', kind="DeploymentConfig").split("\n"))
    text = f"kind: Template\nparameters: [{{name: LOG, value: 'yes'}}]\nobjects:\n  -\n{inner}\n"
    assert setting(only({"template.yaml": text}), "appendonly") == "yes"
    assert only({"list.yaml": text.replace("Template", "List").replace("objects", "items").replace("${LOG}", "no")}).configuration.keeps_log is False


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("apiVersion: databases.spotahome.com/v1\nkind: RedisFailover\nmetadata: {name: a}\nspec: {redis: {customConfig: ['appendonly yes']}}\n", "pod"),
        ("apiVersion: databases.spotahome.com/v1\nkind: RedisFailover\nspec: {redis: {storage: {persistentVolumeClaim: {metadata: {name: x}}}}}\n", "volume"),
        ("apiVersion: kubedb.com/v1\nkind: Redis\nspec: {storageType: Ephemeral}\n", "pod"),
        ("apiVersion: kubedb.com/v1\nkind: Redis\nspec: {storage: {}}\n", "volume"),
        ("apiVersion: redis.redis.opstreelabs.in/v1beta2\nkind: Redis\nspec: {kubernetesConfig: {image: 'quay.io/opstree/redis:v7.0.15'}}\n", "pod"),
    ],
)
def test_what_operators_run(text: str, kind: str) -> None:
    mount = only({"redis.yaml": text}).mount
    assert mount is not None
    assert mount.kind == kind


HELM = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: redis-conf
data:
  redis.conf: |
    appendonly no
    {{- range $k, $v := .Values.redis.config }}
    {{ $k }} {{ $v }}
    {{- end }}
{{- if .Values.redis.enabled }}
---
kind: StatefulSet
metadata:
  name: {{ .Release.Name }}-redis
  labels: {{- include "labels" . | nindent 4 }}
    app: redis
  annotations: [{{ .Values.x }}
spec:
  template:
    spec:
      containers:
        - name: redis
          image: redis:7.2
          volumeMounts: [{name: data, mountPath: /data}]
      volumes: [{name: data, emptyDir: {}}]
{{- end }}
"""


def test_a_template_is_read_around_its_holes() -> None:
    stores_ = found({"templates/redis.yaml": HELM})
    store = next(each for file, each in stores_.items() if "workload" in file)
    assert store.mount is not None
    assert (store.mount.kind, store.mount.place.line) == ("pod", 25)


CHART = "  master:\n    persistence:\n      enabled: {}\n"


@pytest.mark.parametrize(
    ("path", "text", "appendonly", "kind"),
    [
        ("values.yaml", "redis:\n" + CHART.format("true"), "yes", "volume"),
        ("values.yaml", "redis:\n" + CHART.format("false"), "yes", "pod"),
        ("values.yaml", "redis:\n  enabled: false\n" + CHART.format("false"), None, None),
        ("values.yaml", "sessions:\n  commonConfiguration: |-\n    appendonly no\n" + CHART.format("true"), "no", "volume"),
        ("values.yaml", "redis:\n  master:\n    persistence: {}\n    extraFlags: ['--appendonly no']\n", "no", "volume"),
        ("values.yaml", "redis:\n  master:\n    persistence: {}\n    configuration: |\n      appendonly no\n", "no", "volume"),
        ("values.yaml", "postgresql:\n  primary:\n    persistence: {enabled: false}\n", None, None),
        ("values.yaml", "redis-ha:\n  persistentVolume: {enabled: false}\n  redis: {config: {appendonly: 'yes'}}\n", "yes", "pod"),
        ("values.yaml", "redis:\n  dataStorage: {enabled: true}\n  redisConfig: |\n    appendonly yes\n", "yes", "volume"),
        (
            "release.yaml",
            "kind: HelmRelease\nmetadata: {name: redis}\nspec:\n  chart: {spec: {chart: redis}}\n  values:\n    master: {persistence: {enabled: false}}\n",
            "yes",
            "pod",
        ),
        (
            "app.yaml",
            "kind: Application\nspec:\n  source:\n    chart: valkey\n    helm:\n      valuesObject:\n        primary: {persistence: {enabled: true}}\n",
            "yes",
            "volume",
        ),
        ("values-dev.yaml", "redis:\n" + CHART.format("false"), None, None),
    ],
)
def test_values_of_charts(path: str, text: str, appendonly: str | None, kind: str | None) -> None:
    stores_ = list(found({path: text}).values())
    assert bool(stores_) == (kind is not None)
    for store in stores_:
        assert setting(store, "appendonly") == appendonly
        assert store.mount is not None
        assert store.mount.kind == kind


def test_values_of_one_environment_stand_on_the_plain_ones() -> None:
    plain = "redis:\n  commonConfiguration: |-\n    appendonly no\n" + CHART.format("true")
    store = only({"values.yaml": plain, "values-production.yaml": "redis:\n" + CHART.format("false")})
    assert (store.file, setting(store, "appendonly")) == ("values-production.yaml#redis", "no")
    alone = only({"values-production.yaml": "redis:\n" + CHART.format("true")})
    assert (setting(alone, "appendonly"), alone.is_whole) == ("yes", True)


def test_variables_of_ansible_roles() -> None:
    text = "redis_appendonly: no\nredis_save:\n  - 900 1\n  - 60 5\nredis_requirepass: '{{ vault }}'\nredis_disabled_commands: [FLUSHALL, FLUSHDB]\n"
    store = only({"group_vars/all.yml": text})
    assert (setting(store, "appendonly"), store.configuration.save) == ("no", ((900, 1), (60, 5)))
    assert "flushall" not in store.configuration.words
    assert not found({"roles/redis/defaults/main.yml": text})
    play = "- hosts: all\n  vars:\n    redis_appendonly: 'yes'\n  roles: [geerlingguy.redis]\n"
    assert setting(only({"site.yml": play}), "appendonly") == "yes"


def test_a_line_put_into_a_configuration() -> None:
    task = "- name: x\n  ansible.builtin.lineinfile:\n    path: /etc/redis/redis.conf\n    regexp: '^save'\n    line: 'save \"\"'\n"
    store = only({"tasks/main.yml": task})
    assert (setting(store, "save"), store.is_whole) == ("", False)
    assert not found({"tasks/main.yml": task.replace("path: /etc/redis/redis.conf", "path: /etc/hosts")})


SAID = ["redis", "redis:7", "bitnami/redis:7", "data:/data", "redis-server --save ''", "/etc/redis/redis.conf", "StatefulSet", "ConfigMap", "RedisFailover",
     "databases.spotahome.com/v1", "kubedb.com/v1", "HelmRelease", "redis.conf=x", "appendonly yes\nsave 1", "kind: Pod\nspec: {}", "'",
     '"', "${A:-b}", "{{ x }}",
     "..", "true", "", "flush", "900#1 x#y"]  # fmt: skip
WORDS = st.sampled_from(SAID)
NAMED = """
    services redis image command volumes extends file service configs content build
    environment profiles kind spec template containers name metadata volumeMounts mountPath emptyDir
    configMap initContainers data redis.conf images newTag resources patches patch configMapGenerator files
    literals master persistence commonConfiguration disableCommands redis-ha redis_appendonly redis_save redis_rename_commands lineinfile path
    line customConfig storage apiVersion values chart items objects parameters value env
    driver_opts type redisConfig dataStorage
"""
KEYS = st.sampled_from(NAMED.split())
TREES = st.recursive(WORDS | st.none() | st.integers(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=14)
PLACES = [
    "docker-compose.yml",
    "docker-compose.prod.yml",
    "k8s/redis.yaml",
    "values.yaml",
    "values-production.yaml",
    "production/kustomization.yaml",
    "group_vars/all.yml",
]


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(PLACES), st.dictionaries(KEYS, TREES, min_size=1, max_size=6)), min_size=1, max_size=3))
def test_whatever_stands_there(files: list[tuple[str, dict[str, object]]]) -> None:
    judge(None, {path: "# kind: x\nkind: List\nservices:\n" * (number % 2) + json.dumps(tree, indent=1) for number, (path, tree) in enumerate(files)})


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(PLACES), st.lists(st.sampled_from([*SAID, "\n", ": ", "- ", "  ", "---", "{", "]", "kind:", "services:", "image:"]), max_size=40))
def test_whatever_text(path: str, pieces: list[str]) -> None:
    judge(None, {path: "kind: List\nservices:\n redis:\n  image: redis\n" + " ".join(pieces)})


@pytest.mark.parametrize(
    ("text", "appendonly"),
    [
        ('FROM redis:7\nCMD ["redis-server", "--appendonly", "yes"]\n', "yes"),
        ("FROM redis:7\nCMD redis-server --appendonly yes\n", "yes"),
        ("FROM redis:7\nCMD redis-server \\\n    # a comment\n    --appendonly \\\n\n    yes\n", "yes"),
        ('ARG VERSION=7.2\nFROM redis:${VERSION}\nENTRYPOINT ["redis-server"]\nCMD ["--appendonly", "yes"]\n', "yes"),
        ("FROM redis:7 AS store\nCMD redis-server --save ''\nFROM store\nCMD redis-server --appendonly yes\n", "yes"),
        ("FROM redis:7\nCOPY --chown=redis redis.conf /conf/\nCMD redis-server /conf/redis.conf\n", "no"),
        ('FROM redis:7\nCOPY <<EOF /r.conf\nappendonly yes\nEOF\nCMD ["redis-server", "/r.conf"]\n', "yes"),
        ("FROM python:3\nRUN apt-get install redis\nCMD redis-server --appendonly yes\n", None),
        ("FROM redis:7 AS a\nCMD redis-server --appendonly yes\nFROM python:3\nCMD python\n", "yes"),
    ],
)
def test_dockerfiles(text: str, appendonly: str | None) -> None:
    stores_ = [each for each in found({"Dockerfile": text, "redis.conf": "appendonly no\n"}).values() if each.file == "Dockerfile#CMD"]
    assert [setting(each, "appendonly") for each in stores_] == ([appendonly] if appendonly else [])


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("deploy/redis.service", "[Service]\nExecStart=/usr/bin/redis-server /etc/r.conf \\\n  --appendonly yes\n"),
        ("supervisord.conf", "[program:redis]\ncommand=redis-server --appendonly yes\n"),
        ("Procfile", "web: gunicorn\nredis: redis-server --appendonly yes\n"),
    ],
)
def test_command_lines_elsewhere(path: str, text: str) -> None:
    assert setting(only({path: text}), "appendonly") == "yes"


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["FROM redis:7", "CMD", "ENTRYPOINT", "[", "]", '"x"', "\\", "\n", "#", "COPY <<E /r.conf", "E", "ARG A=1", "$A", "redis-server", "AS b"]
        ),
        max_size=30,
    )
)
def test_whatever_stands_in_a_dockerfile(pieces: list[str]) -> None:
    judge(None, {"Dockerfile": " ".join(pieces), "Procfile": " ".join(pieces)})


@pytest.mark.parametrize(
    ("path", "text", "via"),
    [
        (".github/workflows/ci.yml", "jobs:\n  test:\n    steps:\n      - run: redis-cli flushall\n", ""),
        (".github/workflows/ci.yml", "jobs:\n  deploy:\n    steps:\n      - run: redis-cli flushall\n", "shell"),
        (".github/workflows/ci.yml", "jobs:\n  web:\n    environment: production\n    steps:\n      - run: redis-cli flushall\n", "shell"),
        (".github/workflows/ci.yml", "jobs:\n  web:\n    environment: {name: staging}\n    steps:\n      - run: redis-cli flushall\n", ""),
        (".gitlab-ci.yml", "test:\n  script:\n    - redis-cli flushall\n", ""),
        (".gitlab-ci.yml", "web:\n  stage: deploy\n  script:\n    - redis-cli flushall\n", "shell"),
        (".gitlab-ci.yml", "release:\n  script:\n    - docker-compose -p shop down --volumes\n", "volume"),
        (".circleci/config.yml", "jobs:\n  deploy:\n    steps:\n      - run: {command: redis-cli flushall}\n", "shell"),
        ("package.json", '{"scripts": {"deploy": "docker compose down -v"}}', "volume"),
        ("package.json", '{"scripts": {"reset": "docker compose down -v", "test:ci": "redis-cli flushall"}}', ""),
        ("package.json", "[1", ""),
        ("deploy.sh", "sudo docker compose -f a.yml down -t 5 -v\n", "volume"),
        ("deploy.sh", "docker compose down --remove-orphans\n", ""),
        ("deploy.sh", "echo docker compose down -v\n", ""),
        ("deploy.sh", "# docker compose down -v\n", ""),
        ("deploy.sh", "kubectl --context prod delete pvc --all\n", "volume"),
        ("deploy.sh", "kubectl delete pod redis-0\n", ""),
        ("deploy.sh", "terraform taint aws_instance.web\n", ""),
        ("deploy.sh", "terraform taint module.redis.aws_elasticache_cluster.this\n", "volume"),
        ("tools/clean.sh", "docker volume rm redis-data\n", ""),
    ],
)
def test_commands_that_wipe(path: str, text: str, via: str) -> None:
    _, head, _ = sides(None, {path: text})
    assert [fact.via for fact in head.touched(FlushCalled)] == ([via] if via else [])


@pytest.mark.parametrize(
    ("more", "kind", "line"),
    [
        ('  set {\n    name  = "master.persistence.enabled"\n    value = false\n  }\n', "pod", 5),
        ('  set {\n    name  = "master.persistence.enabled"\n    value = "true"\n  }\n', "volume", 5),
        ('  set = [{ name = "master.persistence.enabled", value = "false" }]\n', "pod", 3),
        ("  values = [<<EOT\nmaster:\n  persistence:\n    enabled: false\nEOT\n  ]\n", "pod", 6),
        ('  values = [file("values.yaml")]\n', "volume", 1),
    ],
)
def test_a_release_in_terraform(more: str, kind: str, line: int) -> None:
    mount = only({"main.tf": f'resource "helm_release" "redis" {{\n  chart = "redis"\n{more}}}\n'}).mount
    assert mount is not None
    assert (mount.kind, mount.place.line) == (kind, line)


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "docker",
                "compose",
                "down",
                "-v",
                "kubectl",
                "delete",
                "pvc",
                "redis",
                "terraform",
                "apply",
                "-replace=redis",
                "taint",
                "rm",
                "|",
                ";",
                "'",
                '"',
                "$(",
                "<<E",
                "\n",
            ]
        ),
        max_size=20,
    )
)
def test_whatever_stands_in_a_script(pieces: list[str]) -> None:
    _, head, _ = sides(
        None,
        {"deploy.sh": " ".join(pieces), "Makefile": "deploy:\n\t" + " ".join(pieces), "package.json": json.dumps({"scripts": {"deploy": " ".join(pieces)}})},
    )
    assert all(fact.place.line >= 1 for fact in head.touched(FlushCalled))


def test_operations_of_a_patch() -> None:
    patch = "patches:\n  - target: {kind: StatefulSet, name: redis}\n    patch: |-\n      - op: replace\n        path: "
    patch += "/spec/template/spec/containers/0/%s\n        value: %s\n"
    base = {"base/redis.yaml": manifest('args: ["--save", ""]')}
    store = only({**base, "production/kustomization.yaml": patch % ("args", "[--appendonly, 'yes']")})
    assert (setting(store, "appendonly"), setting(store, "save"), store.line("appendonly").place.line) == ("yes", None, 6)
    assert store.service is not None
    assert store.service.image == "redis:7.2"
    other = only({**base, "production/kustomization.yaml": patch % ("image", "redis:6.2")})
    assert other.service is not None
    assert (other.service.image, setting(other, "save")) == ("redis:6.2", "")
    assert list(found({**base, "production/kustomization.yaml": patch % ("image", "nginx:1")})) == ["base/redis.yaml#workload/redis/redis"]


RUN = "docker run -d --name sessions --restart always -p 6379:6379 -v data:/data redis:7.2 redis-server --appendonly yes"


@pytest.mark.parametrize(
    ("path", "text", "mount"),
    [
        ("deploy.sh", RUN, "data"),
        ("deploy.sh", "sudo " + RUN.replace(" -v", " \\\n  -v"), "data"),
        ("deploy.sh", RUN.replace("-v data:/data", "--mount=type=volume,source=store,target=/data"), "store"),
        ("deploy.sh", RUN.replace("-d", "--rm"), None),
        ("tools/redis.sh", RUN, None),
        ("deploy/redis.service", f"[Service]\nExecStart=/usr/bin/{RUN}\n", "data"),
        ("deploy/redis.container", "[Container]\nImage=docker.io/library/redis:7.2\nVolume=data:/data\nExec=redis-server --appendonly yes\n", "data"),
        ("deploy.sh", "docker run -d -e REDIS_AOF_ENABLED=yes -v data:/bitnami/redis bitnami/redis:7.2", "data"),
        ("deploy.sh", "docker run nginx", None),
    ],
)
def test_containers_that_a_command_starts(path: str, text: str, mount: str | None) -> None:
    stores_ = list(found({path: text}).values())
    assert [each.mount.name for each in stores_ if each.mount] == ([mount] if mount else [])
    assert all(setting(each, "appendonly") == "yes" for each in stores_)
