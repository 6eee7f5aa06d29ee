import { afterAll, describe, expect, it } from 'vitest'
import { check as locked } from '../src/sup/sup-02/observe.ts'
import { check as valves } from '../src/sup/sup-05/observe.ts'
import { foreignTrees, lines } from './foreign-tree.ts'

const trees = foreignTrees()
afterAll(() => trees.close())

type Files = Readonly<Record<string, string>>

const DOCKER_NODE = lines(
  '# syntax=docker/dockerfile:1.7', 'ARG NODE=24.21.0', 'FROM node:${NODE}-slim AS deps', 'WORKDIR /app', 'COPY package.json package-lock.json ./',
  'RUN --mount=type=cache,target=/root/.npm \\', '    # only what runs', '    npm ci --omit=dev --ignore-scripts', '',
  'FROM node:${NODE}-slim AS build', 'COPY . .', 'RUN <<EOF', 'set -e', 'npm ci', 'npm run build', 'EOF', '',
  'FROM gcr.io/distroless/nodejs24', 'COPY --from=deps /app/node_modules ./node_modules', 'CMD ["server.js"]',
) // prettier-ignore
const DOCKER_PYTHON = lines(
  'FROM python:3.12-slim AS build', 'RUN apt-get update && apt-get install -y --no-install-recommends gcc && rm -rf /var/lib/apt/lists/*',
  'COPY requirements.txt .', 'RUN pip install --no-cache-dir --require-hashes -r requirements.txt', 'FROM python:3.12-slim', 'CMD ["gunicorn", "app:app"]',
) // prettier-ignore
const DOCKER_UV = lines(
  'FROM python:3.12-slim', 'COPY --from=ghcr.io/astral-sh/uv:0.5.4 /uv /bin/uv',
  'RUN --mount=type=cache,target=/root/.cache/uv --mount=type=bind,source=uv.lock,target=uv.lock uv sync --locked --no-install-project --no-dev',
  'CMD ["uv", "run", "--no-sync", "uvicorn", "app.main:app"]',
) // prettier-ignore
const github = (...steps: string[]): string =>
  lines('name: ci', 'on: [push]', 'jobs:', '  test:', '    runs-on: ubuntu-latest', '    steps:', '      - uses: actions/checkout@v4', ...steps.map((step) => `      ${step.replaceAll('\n', '\n      ')}`)) // prettier-ignore
const GITLAB = lines('image: node:24', 'stages: [test]', '.base: &base', '  before_script:', '    - corepack enable', '    - pnpm install --frozen-lockfile', 'test:', '  <<: *base', '  script:', '    - pnpm test') // prettier-ignore
const CIRCLE = lines('version: 2.1', 'jobs:', '  test:', '    docker: [{ image: "cimg/node:24.0" }]', '    steps:', '      - checkout', '      - run: yarn install --immutable', '      - run:', '          name: test', '          command: |', '            yarn lint', '            yarn test', 'workflows:', '  main:', '    jobs: [test]') // prettier-ignore

describe('SUP-02 on sound foreign builds', () => {
  it.each<[string, Files]>([
    ['node in stages with a heredoc', { Dockerfile: DOCKER_NODE }],
    ['python with hashes', { Dockerfile: DOCKER_PYTHON }],
    ['uv', { 'docker/Dockerfile.api': DOCKER_UV }],
    ['poetry in a workflow', { '.github/workflows/ci.yml': github('- run: pipx install poetry==1.8.3', '- run: poetry install --no-interaction', '- run: poetry run pytest') }],
    ['poetry by pip with an exact version', { '.github/workflows/ci.yml': github('- run: pip install --no-cache-dir poetry==1.8.3', '- run: poetry install --only main') }],
    ['pip that raises itself first', { '.github/workflows/ci.yml': github('- run: python -m pip install --upgrade pip==24.3.1', '- run: pip install --require-hashes -r requirements.txt') }],
    ['pip whose requirements file demands hashes', { Dockerfile: lines('FROM python:3.12', 'RUN pip install -r requirements.txt'), 'requirements.txt': `--require-hashes\nflask==3.0.3 --hash=sha256:${'a'.repeat(64)}\n` }],
    ['pip, whose file holds nothing but hashes and so demands them', { Dockerfile: lines('FROM python:3.12', 'RUN pip install -r requirements.txt'), 'requirements.txt': `flask==3.0.3 \\\n  --hash=sha256:${'a'.repeat(64)}\n` }],
    ['gitlab with pnpm', { '.gitlab-ci.yml': GITLAB }],
    ['circle with yarn berry', { '.circleci/config.yml': CIRCLE }],
    ['pnpm in a workflow, where CI freezes the lock by itself', { '.github/workflows/ci.yml': github('- run: pnpm install', '- run: pnpm test') }],
    ['yarn berry in a workflow, where CI makes it immutable by itself', { '.github/workflows/ci.yml': github('- run: yarn install', '- run: yarn test'), '.yarnrc.yml': 'nodeLinker: node-modules\n', 'yarn.lock': '__metadata:\n  version: 8\n' }],
    ['a Makefile and a script', { Makefile: 'install:\n\tnpm ci\n', 'scripts/ci.sh': '#!/bin/sh\nset -eu\nnpm ci --prefer-offline\n', '.github/workflows/ci.yml': github('- run: make install', '- run: ./scripts/ci.sh') }],
    ['a development script that installs for people', { '.github/workflows/ci.yml': github('- run: npm ci'), 'scripts/dev-setup.sh': '#!/bin/sh\nnpm install\n' }],
    ['npx of a package of its own', { '.github/workflows/ci.yml': github('- run: npm ci', '- run: npx prisma generate'), 'package.json': '{"devDependencies":{"prisma":"6.0.0"}}' }],
    ['npx of a program of a package of its own', { '.github/workflows/ci.yml': github('- run: npm ci', '- run: npx ng build', '- run: npx playwright test', '- run: npx tsc', '- run: npx nest build'), 'package.json': '{"devDependencies":{"@angular/cli":"19.0.0","@playwright/test":"1.0.0","typescript":"5.0.0","@nestjs/cli":"11.0.0"}}' }],
    ['a composite action', { '.github/actions/setup/action.yml': lines('runs:', '  using: composite', '  steps:', '    - run: npm ci', '      shell: bash') }],
    ['go, whose go.sum is binding', { Dockerfile: lines('FROM golang:1.23 AS build', 'COPY go.mod go.sum ./', 'RUN go mod download', 'COPY . .', 'RUN CGO_ENABLED=0 go build -o /srv ./cmd/srv'), 'go.mod': 'module x\n', 'go.sum': 'a\n' }],
    ['a download whose checksum is compared', { Dockerfile: lines('FROM debian:12', 'RUN curl -fsSLo /tmp/x.tgz https://host.invalid/x.tgz && echo "abc  /tmp/x.tgz" | sha256sum -c - && tar xf /tmp/x.tgz', 'RUN npm ci') }],
  ])('%s', async (_name, files) => {
    const said = await trees.judge(locked, files)
    expect(said.findings).toEqual([])
    expect(said.outcome).toBe('pass')
  }) // prettier-ignore
})

describe('SUP-02 on broken foreign builds', () => {
  const workflow = (...steps: string[]): Files => ({ '.github/workflows/ci.yml': github(...steps) })
  const docker = (...all: string[]): Files => ({ Dockerfile: lines('FROM node:24-slim', ...all) })
  it.each<[string, string, string, Files]>([
    ['npm install in a Dockerfile', 'installs', 'installs-unlocked', docker('COPY . .', 'RUN npm install --production')],
    ['npm i in a later stage', 'installs', 'installs-unlocked', { Dockerfile: DOCKER_NODE.replace('npm ci --omit=dev', 'npm i --omit=dev') }],
    ['npm install in a heredoc', 'installs', 'installs-unlocked', { Dockerfile: DOCKER_NODE.replace('\nnpm ci\n', '\nnpm install\n') }],
    ['npm install in JSON form', 'installs', 'installs-unlocked', docker('RUN ["npm", "install"]')],
    ['npm install inside sh -c', 'installs', 'installs-unlocked', docker('RUN sh -c "npm install && npm run build"')],
    ['npm --prefix install', 'installs', 'installs-unlocked', docker('RUN npm --prefix server install')],
    ['cd then npm install', 'installs', 'installs-unlocked', docker('RUN cd web && npm install --legacy-peer-deps')],
    ['npm ci or npm install', 'installs', 'installs-unlocked', docker('RUN npm ci || npm install')],
    ['npm install if there is no lock', 'installs', 'installs-unlocked', docker('RUN if [ -f package-lock.json ]; then npm ci; else npm install; fi')],
    ['npm install in a workflow', 'installs', 'installs-unlocked', workflow('- run: npm install', '- run: npm test')],
    ['npm install in a script that the workflow calls', 'installs', 'installs-unlocked', { ...workflow('- run: ./ci/build.sh'), 'ci/build.sh': '#!/bin/bash\nset -e\nnpm install\n' }],
    ['npm install in a Makefile that the workflow calls', 'installs', 'installs-unlocked', { ...workflow('- run: make build'), Makefile: 'build:\n\tnpm install\n\tnpm run build\n' }],
    ['pnpm that does not freeze', 'installs', 'installs-unlocked', workflow('- run: pnpm install --no-frozen-lockfile')],
    ['pnpm in a Dockerfile, where nothing says CI', 'installs', 'lock-not-enforced', docker('RUN corepack enable && pnpm install')],
    ['yarn classic in a workflow', 'installs', 'lock-not-enforced', { ...workflow('- run: yarn', '- run: yarn test'), 'yarn.lock': '# yarn lockfile v1\n' }],
    ['yarn classic install in a Dockerfile', 'installs', 'lock-not-enforced', docker('RUN yarn install --production')],
    ['pip without hashes', 'installs', 'lock-not-enforced', docker('RUN pip install --no-cache-dir -r requirements.txt')],
    ['pip of a name', 'installs', 'installs-unlocked', workflow('- run: pip install pytest flake8')],
    ['pip3 by sudo', 'installs', 'lock-not-enforced', docker('RUN sudo -H pip3 install -r requirements/base.txt')],
    ['pip of the project with its dependencies', 'installs', 'installs-unlocked', docker('RUN pip install .')],
    ['uv sync that may write the lock', 'installs', 'lock-not-enforced', docker('RUN uv sync')],
    ['uv pip without hashes', 'installs', 'lock-not-enforced', docker('RUN uv pip install --system -r requirements.txt')],
    ['poetry that writes the lock first', 'installs', 'installs-unlocked', docker('RUN poetry lock && poetry install')],
    ['poetry update', 'installs', 'installs-unlocked', docker('RUN poetry update')],
    ['pipenv install', 'installs', 'lock-not-enforced', docker('RUN pipenv install --system')],
    ['gitlab before_script', 'installs', 'installs-unlocked', { '.gitlab-ci.yml': 'test:\n  before_script: [npm install]\n  script: [npm test]\n' }],
    ['circle command', 'installs', 'installs-unlocked', { '.circleci/config.yml': CIRCLE.replace('yarn install --immutable', 'npm install') }],
    ['a floating npx', 'installs', 'runs-unpinned', workflow('- run: npm ci', '- run: npx semantic-release')],
    ['npx latest', 'installs', 'runs-unpinned', workflow('- run: npm ci', '- run: npx create-thing@latest x')],
    ['go install at latest', 'installs', 'installs-unlocked', docker('RUN go install golang.org/x/tools/cmd/stringer@latest')],
    ['curl to bash', 'downloads', 'runs-download', workflow('- run: npm ci', '- run: curl -sSL https://host.invalid/install.sh | bash -s -- --yes')],
    ['wget to sudo sh', 'downloads', 'runs-download', docker('RUN npm ci && wget -qO- https://host.invalid/i.sh | sudo -E sh -')],
    ['bash of a substituted download', 'downloads', 'runs-download', docker('RUN bash -c "$(curl -fsSL https://host.invalid/i.sh)"')],
    ['bash of a process', 'downloads', 'runs-download', workflow('- run: bash <(curl -s https://host.invalid/bash)')],
    ['curl to a file that then runs', 'downloads', 'runs-download', docker('RUN curl -fsSL https://host.invalid/i.sh -o i.sh && sh i.sh')],
    ['curl to python', 'downloads', 'runs-download', docker('RUN curl -sSL https://host.invalid/get-poetry.py | python3 -')],
    ['ADD of a script that then runs', 'downloads', 'runs-download', docker('ADD https://host.invalid/i.sh /tmp/i.sh', 'RUN sh /tmp/i.sh')],
  ])('%s', async (_name, aspect, code, files) => {
    const said = await trees.judge(locked, files)
    expect([said.aspects[aspect], said.findings.some((finding) => finding.startsWith(`${code} `))]).toEqual([expect.stringContaining('fail'), true])
  }) // prettier-ignore
  it('says so where it knows no pipeline', async () => {
    const said = await trees.judge(locked, { Jenkinsfile: "pipeline { stages { stage('a') { steps { sh 'npm install' } } } }\n", Dockerfile: 'FROM x\nRUN npm ci\n' }) // prettier-ignore
    expect(said.aspects).toMatchObject({ recognised: 'inconclusive pipeline-not-understood' })
    expect((await trees.judge(locked, { 'README.md': 'x' })).outcome).toBe('inconclusive')
  })
})

const NODE_TESTS: Files = {
  'package.json': '{"name":"shop","type":"module","scripts":{"test":"node --test"}}',
  'test/a.test.mjs': "import { it } from 'node:test'\nit('holds', () => {})\n",
}

describe('SUP-05 reads pipelines and tests', () => {
  const said = async (files: Files) => await trees.judge(valves, { ...NODE_TESTS, ...files }, { config: { tree: { exclude: [], timeoutMs: 20_000, tests: ['true'] } } }) // prettier-ignore
  const workflow = (...steps: string[]): Files => ({ '.github/workflows/ci.yml': github(...steps) })
  it.each<[string, Files]>([
    ['github', workflow('- run: npm ci', '- run: |\n    npm run lint\n    npm test', '- run: rm -rf tmp || true', '- uses: actions/upload-artifact@v4\n  if: always()')],
    ['github whose matrix does not fail fast', { '.github/workflows/ci.yml': github('- run: npm test').replace('    runs-on', '    strategy:\n      fail-fast: false\n      matrix: { node: [22, 24] }\n    runs-on') }],
    ['gitlab', { '.gitlab-ci.yml': 'test:\n  script: [npm ci, npm test]\n  allow_failure: false\n' }],
    ['circle', { '.circleci/config.yml': CIRCLE }],
    ['exit 0 where the shell stops at the first failure', workflow('- run: |\n    npm test\n    exit 0')],
    ['a pipe to tee with pipefail', { '.github/workflows/ci.yml': github('- run: npm test | tee out.log\n  shell: bash') }],
    ['a folder of tests that run elsewhere', workflow('- run: pytest --ignore=tests/e2e -m "not slow"', '- run: pytest tests/e2e')],
    ['a deployment that is switched off', workflow('- run: npm test', '- run: ./deploy.sh production\n  if: false')],
    ['a skip inside a condition', { ...workflow('- run: npm test'), 'test/b.test.mjs': "import { test } from 'node:test'\ntest('a', (t) => { if (!process.env.DB) return t.skip('no database') })\n" }],
    ['a conditional skip', { ...workflow('- run: npm test'), 'test/b.test.ts': "import { it } from 'vitest'\nit.skipIf(process.platform === 'win32')('a', () => {})\nit.runIf(true)('b', () => {})\n", 'tests/test_c.py': 'import sys\nimport pytest\n\n@pytest.mark.skipif(sys.platform == "win32", reason="posix only")\ndef test_c():\n    assert True\n' }],
    ['playwright, skipped in one browser', { ...workflow('- run: npm test'), 'test/b.spec.ts': "import { test } from '@playwright/test'\ntest('a', async ({ browserName }) => {\n  test.skip(browserName === 'webkit', 'not there')\n})\n" }],
    ['words in strings and comments', { ...workflow('- run: npm test # || true', '- run: echo "npm test || true"'), 'test/b.test.mjs': "import { it } from 'node:test'\n// it.only('x')\nit('says it.skip(', () => {})\n" }],
    ['a shell that cares for the exit code itself', workflow('- run: |\n    npm test || { echo "tests failed"; exit 1; }')],
    ['a comparison that may find nothing', workflow('- run: npm test', '- run: git diff --quiet || true', '- run: docker rm -f db || true', '- run: grep -r test src || true')],
  ])('sound: %s', async (_name, files) => {
    const { aspects } = await said(files)
    expect(aspects).toMatchObject({ commands: 'pass', settings: 'pass', tests: 'pass' })
  }) // prettier-ignore
  it.each<[string, string, string, Files]>([
    ['or true', 'commands', 'exit-code-ignored', workflow('- run: npm test || true')],
    ['or colon', 'commands', 'exit-code-ignored', workflow('- run: "npm run lint || :"')],
    ['or exit 0', 'commands', 'exit-code-ignored', workflow('- run: npm test || exit 0')],
    ['semicolon true', 'commands', 'exit-code-ignored', workflow('- run: npm test; true')],
    ['or echo', 'commands', 'exit-code-ignored', workflow('- run: npm test || echo "ignored for now"')],
    ['in an npm script', 'commands', 'exit-code-ignored', { ...workflow('- run: npm test'), 'package.json': '{"type":"module","scripts":{"test":"node --test || true"}}' }],
    ['in an npm script behind another', 'commands', 'exit-code-ignored', { ...workflow('- run: npm run verify'), 'package.json': '{"type":"module","scripts":{"test":"node --test","verify":"npm run unit","unit":"jest || exit 0"}}' }],
    ['in a Makefile with a dash', 'commands', 'exit-code-ignored', { ...workflow('- run: make test'), Makefile: 'test:\n\t-npm test\n' }],
    ['in a Makefile', 'commands', 'exit-code-ignored', { ...workflow('- run: make test'), Makefile: 'test:\n\t@npm test || true\n' }],
    ['make that keeps going', 'commands', 'exit-code-ignored', { ...workflow('- run: make -i test'), Makefile: 'test:\n\tnpm test\n' }],
    ['in a script that the pipeline calls', 'commands', 'exit-code-ignored', { ...workflow('- run: bash ci/test.sh'), 'ci/test.sh': '#!/bin/bash\npytest || true\n' }],
    ['a script that ends with exit 0', 'commands', 'exit-code-ignored', { ...workflow('- run: ./ci/test.sh'), 'ci/test.sh': '#!/bin/sh\nnpm test\nexit 0\n' }],
    ['in a Dockerfile', 'commands', 'exit-code-ignored', { ...workflow('- run: npm test'), Dockerfile: 'FROM node:24\nRUN npm test || true\n' }],
    ['in a pipe to tee without pipefail', 'commands', 'exit-code-ignored', workflow('- run: npm test | tee out.log')],
    ['set +e', 'commands', 'errors-switched-off', workflow('- run: |\n    set +e\n    npm test')],
    ['passWithNoTests', 'commands', 'pass-with-no-tests', { ...workflow('- run: npm test'), 'package.json': '{"type":"module","scripts":{"test":"jest --passWithNoTests"}}' }],
    ['passWithNoTests in the configuration of jest', 'settings', 'pass-with-no-tests', { ...workflow('- run: npm test'), 'jest.config.js': 'module.exports = { passWithNoTests: true }\n' }],
    ['passWithNoTests in the configuration of vitest', 'settings', 'pass-with-no-tests', { ...workflow('- run: npm test'), 'vitest.config.ts': "import { defineConfig } from 'vitest/config'\nexport default defineConfig({ test: { passWithNoTests: true } })\n" }],
    ['passWithNoTests in package.json', 'settings', 'pass-with-no-tests', { ...workflow('- run: npm test'), 'package.json': '{"type":"module","scripts":{"test":"jest"},"jest":{"passWithNoTests":true}}' }],
    ['exit code 5 of pytest forgiven', 'commands', 'pass-with-no-tests', workflow('- run: pytest || [ $? -eq 5 ]')],
    ['ruff that exits zero', 'commands', 'exit-code-ignored', workflow('- run: ruff check --exit-zero .')],
    ['pytest that deselects', 'commands', 'tests-deselected', workflow('- run: pytest -k "not slow_payment"')],
    ['pytest that deselects in its configuration', 'settings', 'tests-deselected', { ...workflow('- run: pytest'), 'pytest.ini': '[pytest]\naddopts = -q --deselect tests/test_pay.py::test_refund\n' }],
    ['continue-on-error', 'settings', 'failure-allowed', workflow('- run: npm test\n  continue-on-error: true')],
    ['continue-on-error of a job', 'settings', 'failure-allowed', { '.github/workflows/ci.yml': github('- run: npm test').replace('    runs-on', '    continue-on-error: true\n    runs-on') }],
    ['gitlab allow_failure', 'settings', 'failure-allowed', { '.gitlab-ci.yml': 'test:\n  script: [npm test]\n  allow_failure: true\n' }],
    ['gitlab allow_failure by codes', 'settings', 'failure-allowed', { '.gitlab-ci.yml': 'test:\n  script: [npm test]\n  allow_failure:\n    exit_codes: [1]\n' }],
    ['travis allow_failures', 'settings', 'failure-allowed', { '.travis.yml': 'script: npm test\njobs:\n  allow_failures:\n    - node_js: 24\n' }],
    ['azure continueOnError', 'settings', 'failure-allowed', { 'azure-pipelines.yml': 'steps:\n  - script: npm test\n    continueOnError: true\n' }],
    ['azure npm task continueOnError', 'settings', 'failure-allowed', { 'azure-pipelines.yml': 'steps:\n  - bash: npm test\n  - task: Npm@1\n    continueOnError: "true"\n' }],
    ['a step that never runs', 'settings', 'check-never-runs', workflow('- run: npm test\n  if: false')],
    ['it.only', 'tests', 'test-focused', { ...workflow('- run: npm test'), 'test/b.test.ts': "it.only('a', () => {})\n" }],
    ['describe.only of a suite in the sources', 'tests', 'test-focused', { ...workflow('- run: npm test'), 'src/b.spec.ts': "describe.only('a', () => { it('b', () => {}) })\n" }],
    ['fdescribe', 'tests', 'test-focused', { ...workflow('- run: npm test'), 'src/b.spec.js': "fdescribe('a', () => {})\n" }],
    ['test.each.only', 'tests', 'test-focused', { ...workflow('- run: npm test'), 'src/b.spec.js': "test.only.each([1])('a', () => {})\n" }],
    ['it.skip', 'tests', 'test-skipped', { ...workflow('- run: npm test'), 'test/b.test.ts': "it.skip('a', () => {})\n" }],
    ['describe.skip', 'tests', 'test-skipped', { ...workflow('- run: npm test'), 'test/b.test.ts': "describe.skip('a', () => {})\n" }],
    ['xit', 'tests', 'test-skipped', { ...workflow('- run: npm test'), 'test/b.test.ts': "xit('a', () => {})\n" }],
    ['skip.each', 'tests', 'test-skipped', { ...workflow('- run: npm test'), 'test/b.test.ts': "it.skip.each([1])('a', () => {})\n" }],
    ['skipIf true', 'tests', 'test-skipped', { ...workflow('- run: npm test'), 'test/b.test.ts': "it.skipIf(true)('a', () => {})\n" }],
    ['this.skip of mocha', 'tests', 'test-skipped', { ...workflow('- run: npm test'), 'test/b.test.js': "it('a', function () { this.skip() })\n" }],
    ['t.skip of node:test', 'tests', 'test-skipped', { ...workflow('- run: npm test'), 'test/b.test.mjs': "import { test } from 'node:test'\ntest('a', (t) => { t.skip('later') })\n" }],
    ['pytest.mark.skip', 'tests', 'test-skipped', { ...workflow('- run: npm test'), 'tests/test_c.py': 'import pytest\n\n@pytest.mark.skip\ndef test_c():\n    assert True\n' }],
    ['skipif True', 'tests', 'test-skipped', { ...workflow('- run: npm test'), 'tests/test_c.py': 'import pytest\n\n@pytest.mark.skipif(True, reason="later")\ndef test_c():\n    assert True\n' }],
    ['unittest.skip', 'tests', 'test-skipped', { ...workflow('- run: npm test'), 'tests/test_c.py': 'import unittest\n\nclass T(unittest.TestCase):\n    @unittest.skip("later")\n    def test_c(self):\n        pass\n' }],
    ['a module that skips itself', 'tests', 'test-skipped', { ...workflow('- run: npm test'), 'tests/test_c.py': 'import pytest\npytest.skip("later", allow_module_level=True)\n' }],
    ['xfail that need not fail', 'tests', 'test-skipped', { ...workflow('- run: npm test'), 'tests/test_c.py': 'import pytest\n\n@pytest.mark.xfail(run=False)\ndef test_c():\n    assert False\n' }],
  ])('broken: %s', async (_name, aspect, code, files) => {
    const { aspects, findings } = await said(files)
    expect([aspects[aspect]?.split(' ')[0], findings.some((finding) => finding.startsWith(`${code} `)), findings]).toEqual(['fail', true, findings])
  }) // prettier-ignore
})
