import { describeCheck } from '@greengate/runner/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { foreignTrees, lines } from '../../../test/foreign-tree.ts'
import { check } from './observe.ts'

describeCheck(check)

const trees = foreignTrees()
afterAll(() => trees.close())

type Files = Readonly<Record<string, string>>
const job = (name: string, ...steps: string[]): string =>
  lines(`  ${name}:`, '    steps:', ...steps.map((step) => `      - ${step}`))
const workflow = (...jobs: string[]): Files => ({ '.github/workflows/ci.yml': `jobs:\n${jobs.join('')}` })
const docker = (...all: string[]): Files => ({ Dockerfile: lines('FROM x', ...all) })
const EXPORT = 'RUN pip install poetry==2.0.1 poetry-plugin-export==1.8.0 && poetry export -f requirements.txt'

describe('SUP-02 stays green', () => {
  it.each<[string, Files]>([
    ['uv as its manual has it: sync, then run', workflow(job('a', 'run: uv sync --locked --all-extras --dev', 'run: uv run pytest tests'))],
    ['uv run after a sync by the lock as it is', workflow(job('a', 'run: uv sync --frozen', 'run: uv run pytest'))],
    ['uv run after the lock was checked', workflow(job('a', 'run: uv lock --check', 'run: uv run pytest'))],
    ['uv run in every job that synced', workflow(job('a', 'run: uv sync --locked', 'run: uv run pytest'), job('b', 'run: uv sync --locked', 'run: uv run pytest'))],
    ['uv run after an action of the tree that syncs', { ...workflow(job('a', 'uses: ./.github/actions/setup', 'run: uv run pytest')), '.github/actions/setup/action.yml': 'runs:\n  using: composite\n  steps:\n    - run: uv sync --locked\n      shell: bash\n' }],
    ['uv run in a Makefile of a job that synced', { ...workflow(job('a', 'run: uv sync --locked', 'run: make test')), Makefile: 'test:\n\tuv run pytest\n' }],
    ['uv run after a target that syncs', { ...workflow(job('a', 'run: make install', 'run: uv run pytest')), Makefile: 'install:\n\tuv sync --locked\n' }],
    ['uv run in an image that synced', docker('RUN uv sync --locked --no-dev', 'CMD ["uv", "run", "uvicorn", "app:app"]')],
    ['uv in GitLab, synced before every job', { '.gitlab-ci.yml': 'before_script:\n  - uv sync --locked\ntest:\n  script:\n    - uv run pytest\n' }],
    ['poetry export, whose hashes pip demands', docker(`${EXPORT} -o requirements.txt`, 'RUN pip install --no-cache-dir -r requirements.txt')],
    ['poetry export to its output', docker(`${EXPORT} > requirements.txt`, 'RUN pip install -r requirements.txt')],
    ['an export in a pipeline for an image', { ...workflow(job('a', 'run: uv export --locked -o requirements.txt', 'run: docker build .')), ...docker('RUN pip install -r requirements.txt') }],
    ['wheels of hashed requirements', { ...docker('RUN pip wheel -w /wheels -r requirements.txt', 'RUN pip install --no-index --find-links=/wheels /wheels/*'), 'requirements.txt': `flask==3.0.3 --hash=sha256:${'a'.repeat(64)}\n` }],
    ['wheels of its own folder without dependencies', docker('RUN pip wheel --no-deps -w dist .', 'RUN pip install --no-deps dist/x.whl')],
    ['tidy, compared in the next line', workflow(job('a', 'run: |\n          go mod tidy\n          git diff --exit-code go.mod go.sum', 'run: go test ./...'))],
    ['tidy, compared in the next step', workflow(job('a', 'run: go mod tidy', 'run: git diff --exit-code -- go.mod go.sum', 'run: go build ./...'))],
    ['tidy, compared by status', workflow(job('a', 'run: go mod tidy', 'run: test -z "$(git status --porcelain)"', 'run: go build ./...'))],
    ['tidy, compared with a word to people', workflow(job('a', 'run: go mod tidy && git diff --exit-code || (echo "run go mod tidy" && exit 1)', 'run: go build ./...'))],
    ['tidy that only shows', workflow(job('a', 'run: go mod tidy -diff', 'run: go build ./...'))],
    ['tidy of a Makefile, compared by the pipeline', { ...workflow(job('a', 'run: make tidy', 'run: git diff --exit-code', 'run: go build ./...')), Makefile: 'tidy:\n\tgo mod tidy\n' }],
    ['bundler as the image of Ruby documents it', docker('RUN bundle config --global frozen 1', 'COPY Gemfile Gemfile.lock ./', 'RUN bundle install')],
    ['bundler as Rails writes it', docker('ENV RAILS_ENV="production" \\', '    BUNDLE_DEPLOYMENT="1"', 'RUN bundle install && rm -rf ~/.bundle/')],
    ['bundler with a committed setting', { ...docker('RUN bundle install --jobs 4'), '.bundle/config': '---\nBUNDLE_FROZEN: "true"\n' }],
    ['bundler of one version', docker('RUN gem install bundler -v 2.5.6 && bundle install --deployment')],
    ['a gem of one version', docker('RUN gem install rails:8.0.1 --no-document')],
    ['NuGet without a lock of its own', docker('RUN dotnet restore "src/Shop.csproj"')],
    ['NuGet with a binding lock', { ...docker('RUN dotnet restore --locked-mode'), 'packages.lock.json': '{}' }],
    ['NuGet whose project makes the lock binding', { ...docker('RUN dotnet restore'), 'packages.lock.json': '{}', 'Directory.Build.props': '<Project><PropertyGroup><RestoreLockedMode Condition="\'$(CI)\' == \'true\'">true</RestoreLockedMode></PropertyGroup></Project>' }],
    ['mix with a checked lock', docker('RUN mix deps.get --check-locked --only prod')],
    ['npm ci behind wrappers', docker('RUN timeout 300 npm ci && sudo -u app npm ci && cross-env A=1 npm ci')],
    ['a question where a program is', docker('RUN npm ci', 'RUN command -v yarn || echo none')],
    ['downloads that nobody runs', docker('RUN npm ci', 'RUN curl -fsSL https://host.invalid/a.json > a.json && curl -XPOST https://host.invalid/hook')],
    ['a download to a file whose checksum is compared', workflow(job('a', 'run: npm ci', 'run: |\n          curl -Os https://host.invalid/codecov\n          echo "abc  codecov" | sha256sum -c -\n          ./codecov'))],
  ])('%s', async (_name, files) => {
    const said = await trees.judge(check, files)
    expect([said.outcome, said.findings]).toEqual(['pass', []])
  }) // prettier-ignore
})

describe('SUP-02 turns red', () => {
  it.each<[string, string, Files]>([
    ['lock-not-enforced', 'uv run alone', workflow(job('a', 'run: uv run pytest'))],
    ['lock-not-enforced', 'uv run after a sync that may write', workflow(job('a', 'run: uv sync', 'run: uv run pytest'))],
    ['lock-not-enforced', 'uv run before the sync', workflow(job('a', 'run: uv run pytest', 'run: uv sync --locked'))],
    ['lock-not-enforced', 'the same uv run in a job that synced and in one that did not', workflow(job('a', 'run: uv sync --locked', 'run: uv run pytest'), job('b', 'run: uv run pytest'))],
    ['lock-not-enforced', 'uv run after a sync that may fail', workflow(job('a', 'run: uv sync --locked || true', 'run: uv run pytest'))],
    ['lock-not-enforced', 'an export without hashes', docker(`${EXPORT} --without-hashes -o requirements.txt`, 'RUN pip install -r requirements.txt')],
    ['lock-not-enforced', 'an export elsewhere for a file that the tree holds without hashes', { ...workflow(job('a', 'run: poetry export -o requirements.txt')), ...docker('RUN pip install -r requirements.txt'), 'requirements.txt': 'flask\n' }],
    ['lock-not-enforced', 'wheels without hashes, installed without an index', { ...docker('RUN pip wheel --no-cache-dir --wheel-dir /wheels -r requirements.txt', 'RUN pip install --no-index --find-links=/wheels /wheels/*'), 'requirements.txt': 'flask\n' }],
    ['installs-unlocked', 'pip download of names', docker('RUN pip download -d /wheels flask requests', 'RUN pip install --no-index --find-links=/wheels flask')],
    ['installs-unlocked', 'tidy alone', workflow(job('a', 'run: go mod tidy', 'run: go test ./...'))],
    ['installs-unlocked', 'tidy, compared before', workflow(job('a', 'run: git diff --exit-code', 'run: go mod tidy'))],
    ['installs-unlocked', 'tidy, compared with other files', workflow(job('a', 'run: go mod tidy', 'run: git diff --exit-code docs/api.md'))],
    ['installs-unlocked', 'tidy, compared and forgiven', workflow(job('a', 'run: go mod tidy', 'run: git diff --exit-code go.mod || true'))],
    ['installs-unlocked', 'gems of a name', docker('RUN gem install rails sidekiq')],
    ['installs-unlocked', 'a gem of a range', docker('RUN gem install rails -v "~> 8.0"')],
    ['installs-unlocked', 'bundle update', docker('RUN bundle config set frozen false && bundle update')],
    ['lock-not-enforced', 'bundle install that may leave the lock', docker('RUN bundle config set frozen false', 'RUN bundle install --jobs 4')],
    ['lock-not-enforced', 'NuGet that may leave its lock', { ...docker('RUN dotnet restore'), 'packages.lock.json': '{}' }],
    ['installs-unlocked', 'mix that raises packages', docker('RUN mix deps.update --all')],
    ['installs-unlocked', 'npm install with a time limit', docker('RUN timeout -k 5 300 npm install')],
    ['installs-unlocked', 'npm install as another user', docker('RUN sudo -u app npm install')],
    ['installs-unlocked', 'npm install with variables', docker('RUN npx --no cross-env A=1 true && cross-env NODE_ENV=production npm install')],
    ['installs-unlocked', 'pip inside poetry', docker('RUN poetry run pip install flask')],
    ['installs-unlocked', 'packages from a list', docker('RUN cat list | xargs -n 1 npm install')],
    ['runs-download', 'a redirected download', docker('RUN npm ci', 'RUN curl -fsSL https://host.invalid/setup_22.x > setup.sh && bash setup.sh')],
    ['runs-download', 'a redirected download of wget', docker('RUN npm ci', 'RUN wget -qO- https://host.invalid/x >x.sh', 'RUN sudo sh x.sh')],
    ['runs-download', 'a download with grouped flags', workflow(job('a', 'run: npm ci', 'run: |\n          curl -Os https://host.invalid/latest/codecov\n          chmod +x codecov\n          ./codecov'))],
    ['runs-download', 'a download with a name in grouped flags', docker('RUN npm ci', 'RUN curl -fsSLo i.sh https://host.invalid/i.sh && sudo -E bash i.sh')],
  ])('%s: %s', async (code, _name, files) => {
    const said = await trees.judge(check, files)
    expect([said.outcome, said.findings.filter((finding) => finding.startsWith(`${code} `)).length > 0]).toEqual(['fail', true])
  }) // prettier-ignore
})
