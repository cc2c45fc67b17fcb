"""Where a store stands in a repository: what each place makes of it."""

from __future__ import annotations

import pytest

from safelint.hazards._configurations import Store, stores
from tests.judging import sides


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
