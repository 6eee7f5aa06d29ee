// Goal: a valve is what hides a check's failure, and nothing else.
// Method: lines of real pipelines; words of checks stand in arguments and names of files where nothing is checked.
import { describe, expect, it } from 'vitest'
import { commandValves } from './valves.ts'

const CHECKS = [
  'bandit -r app', 'bundle exec rspec', 'govulncheck ./...', 'go run golang.org/x/vuln/cmd/govulncheck@v1.1.3 ./...', 'rubocop', 'bundle exec rubocop -P', 'brakeman -q', 'bin/brakeman',
  'phpunit', 'vendor/bin/phpunit', 'php vendor/bin/phpunit', './vendor/bin/phpstan analyse', 'php artisan test', 'gosec ./...', 'staticcheck ./...', 'shellcheck x.sh', 'hadolint Dockerfile', 'stylelint src', 'checkov -d .', 'gitleaks detect',
  'npm run e2e', 'rake', 'bundle exec rake spec', 'bin/rails test', 'npm test', 'npm t', 'npm run test:unit -- --ci', 'npm run lint', 'npm run type-check', 'npm audit --audit-level=high', 'npm run build', 'npm --prefix web test',
  'pnpm -r test', 'pnpm --filter api lint', 'yarn lint', 'yarn workspace api test', 'yarn jest', 'bun test', 'npx eslint .', 'npx -y tsc@5.6.2 --noEmit', 'pnpm exec vitest run', 'npm exec -- jest', 'turbo run test lint', 'npx nx run-many -t test', 'nx run api:test', 'run-s lint test',
  'python -m pytest -q', 'python3 -m unittest discover', 'python manage.py test', 'poetry run pytest', 'uv run pytest', 'uv run --group dev mypy .', 'coverage run -m pytest', 'tox -e py312', 'black --check .', 'ruff check .', 'mypy src', 'pip-audit',
  'go test ./...', 'go vet ./...', 'cargo clippy -- -D warnings', 'cargo test', 'mvn -B verify', './mvnw test', './gradlew check', 'gradle :app:connectedAndroidTest', 'dotnet test', 'mix test', 'make test', 'make -C api lint', 'just check',
  'terraform validate', 'helm lint chart', 'docker build .', 'docker compose run --rm api npm test', 'docker compose -f docker-compose.test.yml run --rm api pytest', 'docker compose up --exit-code-from tests', 'docker exec -e A=1 api npm run lint', 'docker run --rm -v .:/x aquasec/trivy fs .', 'kubectl exec api -- npm test',
  './scripts/e2e.sh', './ci/run-tests.sh', 'bash scripts/test.sh', 'node --test', 'node scripts/check.js', 'sudo -u app npm test', 'timeout 600 npm test', 'CI=1 NODE_OPTIONS="--a --b" npx jest', 'cd web && npm test', 'sh -c "npm test"', 'trivy image x', 'snyk test', 'playwright test',
] // prettier-ignore

const NONE = [
  'docker compose -f docker-compose.test.yml down -v', 'docker-compose -f docker-compose.test.yml stop', 'docker compose -p test rm -f', 'docker compose -f test.yml logs build', 'docker compose -f docker-compose.test.yml up -d', 'docker network create test', 'docker volume rm test-data', 'docker rm -f test-db', 'docker stop test', 'docker pull $REG/build:cache', 'docker logs test',
  'createdb test', 'dropdb test', 'pkill -f test-server', 'kill $(cat test.pid)', 'killall jest', 'kubectl delete namespace test --ignore-not-found', 'kubectl logs job/test', 'git tag -d build-1', 'git diff --check', 'git fetch origin test', 'pg_ctl stop -D /tmp/test', 'aws s3 rm s3://coverage --recursive', 'npm cache verify', 'docker-compose logs build', 'npx codecov', 'bash <(curl -s https://codecov.io/bash) -F unit-tests',
  'rm -rf build coverage', 'mkdir -p test/reports', 'cp -r coverage out', 'curl -f http://localhost/check', 'grep -r test src', 'test -f x', '[ -f test ]', 'echo "npm test"', 'cat coverage.txt', 'ls test',
  'npm run test:cleanup', 'npm run docker:test:down', 'npm run stop-test-server', 'make clean', 'make test-clean', 'npx playwright install --with-deps', 'npm install', 'npm audit fix', 'cargo install cargo-audit', 'go install honnef.co/go/tools/cmd/staticcheck@2024.1', 'dotnet tool install -g dotnet-format', 'rake db:test:prepare', 'bin/rails db:create', 'coverage combine', 'coverage xml', 'pytest --version', './gradlew --stop', 'snyk monitor', 'gh pr view --json check', 'createuser build', 'redis-cli -n 1 flushdb test', 'chmod +x scripts/test.sh', 'tail -n 50 test.log', 'tar czf coverage.tgz coverage', 'minikube delete -p test', 'ssh ci@host ls test', 'apt-get install -y shellcheck', 'pip install pytest', 'which eslint', 'command -v shellcheck', 'mypy --install-types --non-interactive',
] // prettier-ignore

describe('commandValves', () => {
  it.each(CHECKS)('hears that nobody hears: %s', (line) => {
    expect(commandValves(`${line} || true`)).toEqual(['exit-code-ignored'])
  })
  it.each(NONE)('lets clean-up and preparation fail: %s', (line) => {
    expect(commandValves(`${line} || true`)).toEqual([])
    expect(commandValves(`- ${line}`)).toEqual([])
  })
  it('does not take an option for a shorter one', () => {
    expect(commandValves('cargo test --no-fail-fast')).toEqual([])
    expect(commandValves('pylint --exit-zero src')).toEqual(['exit-code-ignored'])
  })
})
