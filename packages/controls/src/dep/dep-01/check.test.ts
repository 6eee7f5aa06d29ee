// Goal: the judge of DEP-01 lets nothing through by default.
// Method: one sound observation, and what must be said when a part of it is missing. The real observer with real deploys
// is played in apps/cli, where the deploy command is.
import { DEPLOY_ATTEMPTS, judgementOutcome } from '@greengate/contracts'
import { describe, expect, it } from 'vitest'
import { makeCommands, packageCommands } from '../../lib/script-commands.ts'
import { pipelineDeploys } from '../../lib/pipeline-deploys.ts'
import { pipelineSteps } from '../../lib/pipeline-steps.ts'
import { judge, type Observation } from './judge.ts'

const sound: Observation = {
  attempts: DEPLOY_ATTEMPTS.map((kind) => ({
    kind,
    exit: kind === 'green' ? 0 : 1,
    adapterStarted: kind === 'green',
    credentialSeen: kind === 'green',
    message: '',
  })),
  steps: [],
  pipelines: [],
  notUnderstood: [],
}
const outcome = (observation: Observation): string => judgementOutcome(judge.judge(observation, {}))

describe('the judge of DEP-01', () => {
  it('passes when everything but green is refused', () => {
    expect(outcome(sound)).toBe('pass')
    expect(outcome({ ...sound, steps: [{ where: 'deploy.yml:3', command: 'greengate deploy', gated: true }] })).toBe(
      'pass',
    )
  })
  it.each(judge.refutations.map((refutation) => refutation.id))('catches the refutation %s', (id) => {
    const refutation = judge.refutations.find((one) => one.id === id)
    const broken = refutation?.apply(structuredClone(sound))
    expect(broken).toBeTruthy()
    const judged = judge.judge(broken as Observation, {})
    expect(judged.findings.map((finding) => [finding.aspect, finding.code])).toContainEqual([
      refutation?.breaks,
      refutation?.code,
    ])
    expect(judgementOutcome(judged)).not.toBe('pass')
  })
  it('is not satisfied by nothing', () => {
    expect(outcome({ ...sound, attempts: [] })).toBe('inconclusive')
    expect(outcome({ ...sound, notUnderstood: ['.gitlab-ci.yml'] })).toBe('inconclusive')
  })
  it('does not take a crash for a refusal', () => {
    const crashed = sound.attempts.map((attempt) => (attempt.kind === 'foreign' ? { ...attempt, exit: 3 } : attempt))
    expect(outcome({ ...sound, attempts: crashed })).toBe('fail')
  })
})

/** What the pipeline of a tree deploys: commands that wait for the gate with a `+` before them, others with a `-`. */
async function deploysOf(workflow: string, files: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const path = files['path'] ?? '.github/workflows/release.yml'
  const commands = Object.entries(files).flatMap(([name, text]) =>
    name === 'Makefile' ? makeCommands(name, text) : name === 'package.json' ? packageCommands(name, text) : [],
  )
  const tree = { has: (name: string) => name in files, read: (name: string) => Promise.resolve(files[name] ?? '') }
  const found = await pipelineDeploys(tree, path, pipelineSteps(path, workflow), commands)
  return found.map((deploy) => `${deploy.gated ? '+' : '-'} ${deploy.command}`)
}
const step = (...lines: string[]): string =>
  `jobs:\n  a:\n    steps:\n      - run: |\n${lines.map((line) => `          ${line}\n`).join('')}`

describe('DEP-01 reads pipelines', () => {
  it.each([
    'kubectl -n prod apply -f k8s/', 'kubectl --context=prod set image deploy/shop shop=x', 'terraform -chdir=infra apply -auto-approve', 'helm --kube-context prod upgrade shop ./chart',
    'aws --region eu-west-1 ecs update-service --service shop', 'gcloud --project shop run deploy', 'gcloud beta run deploy shop', 'sudo -u deploy kubectl apply -f k8s', 'timeout 300 helm install shop ./chart',
    'kustomize build | kubectl apply -f -', 'bash -c "kubectl apply -f k8s"', 'ssh prod "cd /srv && docker stack deploy -c a.yml shop"', 'npx vercel --prod', 'npx wrangler deploy', 'docker run hashicorp/terraform:1.9 apply', 'kubectl apply --dry-run=none -f k8s',
    'greengate deploy || kubectl apply -f k8s', 'greengate authorize || kubectl apply -f k8s', 'greengate check && kubectl apply -f k8s', 'kubectl apply -f k8s # after greengate authorize', 'echo "greengate authorize" && kubectl apply -f k8s', 'greengate authorize | tee log; kubectl apply -f k8s',
  ])('a side door: %s', async (line) => {
    expect((await deploysOf(step(line))).map((deploy) => deploy[0])).toEqual(['-'])
  }) // prettier-ignore
  it.each<[string, string[]]>([
    ['the line before, where the shell stops', ['greengate authorize --environment production', 'kubectl apply -f k8s/']],
    ['some lines before', ['npx greengate authorize --environment production', 'echo go', 'helm upgrade shop ./chart']],
    ['joined by and', ['set +e', 'greengate authorize && kubectl apply -f k8s/']],
    ['joined by and, through a pipe', ['greengate authorize && kustomize build | kubectl apply -f -']],
    ['a condition', ['if greengate authorize; then', '  kubectl apply -f k8s/', 'fi']],
    ['a refusal that ends it', ['set +e', 'greengate authorize || exit 1', 'kubectl apply -f k8s/']],
    ['a condition the other way round', ['if ! greengate authorize; then', '  exit 1', 'fi', 'kubectl apply -f k8s/']],
  ])('waits for the gate: %s', async (_name, lines) => {
    expect((await deploysOf(step(...lines))).map((deploy) => deploy[0])).toEqual(['+'])
  }) // prettier-ignore
  it.each<[string, string[]]>([
    ['the gate after it', ['kubectl apply -f k8s/', 'greengate authorize']],
    ['a gate whose refusal nobody hears', ['set +e', 'greengate authorize', 'kubectl apply -f k8s/']],
    ['a gate that is forgiven', ['greengate authorize || true', 'kubectl apply -f k8s/']],
    ['the other branch', ['if greengate authorize; then', '  echo ok', 'else', '  kubectl apply -f k8s/', 'fi']],
    ['a gate in a list that goes on', ['greengate authorize && echo ok', 'kubectl apply -f k8s/']],
  ])('does not wait for it: %s', async (_name, lines) => {
    expect((await deploysOf(step(...lines))).map((deploy) => deploy[0])).toEqual(['-'])
  })
  it.each([
    'greengate deploy --environment production', 'kubectl get pods -n apply', 'kubectl rollout status deploy/shop', 'kubectl apply --dry-run=server -f k8s/', 'helm template shop ./chart', 'terraform plan', 'echo "kubectl apply -f k8s/"', 'grep -r "kubectl apply" docs',
    'aws --endpoint-url http://localhost:4566 lambda update-function-code', 'ansible-playbook --syntax-check deploy.yml', 'git push origin main', 'vercel build', 'netlify deploy --dir out', 'shellcheck scripts/deploy.sh', 'cat <<EOF', 'npm run build',
  ])('deploys nothing: %s', async (line) => {
    expect(await deploysOf(step(line, ...(line.endsWith('EOF') ? ['kubectl apply', 'EOF'] : [])))).toEqual([])
  }) // prettier-ignore
  it('takes a cluster that the job starts for what it is, and one that is named for what that is', async () => {
    const job = (line: string): string => `jobs:\n  a:\n    steps:\n      - uses: helm/kind-action@v1\n      - run: ${line}\n  b:\n    steps:\n      - run: echo b\n` // prettier-ignore
    expect(await deploysOf(job('kubectl apply -f k8s/'))).toEqual([])
    expect(await deploysOf(job('kubectl --context prod apply -f k8s/'))).toHaveLength(1)
  })
  it('follows scripts, targets and package scripts that a step runs, and no others', async () => {
    const script = '#!/bin/sh\nkubectl apply -f k8s/\n'
    const careful = '#!/bin/sh\nset -e\ngreengate authorize\nkubectl apply -f k8s/\n'
    expect(await deploysOf(step('./deploy.sh'), { 'deploy.sh': script })).toEqual(['- kubectl apply -f k8s/'])
    expect(await deploysOf(step('greengate authorize && ./deploy.sh'), { 'deploy.sh': script })).toEqual([])
    expect(await deploysOf(step('bash deploy.sh'), { 'deploy.sh': careful })).toEqual(['+ kubectl apply -f k8s/'])
    expect(await deploysOf(step('greengate deploy', 'shellcheck deploy.sh'), { 'deploy.sh': script })).toEqual([])
    const makefile = { Makefile: 'all:\n\techo a\nship: build\n\thelm upgrade shop .\nbuild:\n\techo b\n' }
    expect([await deploysOf(step('make ship'), makefile), await deploysOf(step('make'), makefile)]).toEqual([['- helm upgrade shop .'], []]) // prettier-ignore
    const manifest = { 'package.json': '{"scripts":{"deploy":"serverless deploy","ship":"greengate deploy"}}' }
    expect([await deploysOf(step('npm run deploy'), manifest), await deploysOf(step('npm run ship'), manifest)]).toEqual([['- serverless deploy'], []]) // prettier-ignore
  })
  it('knows which pipelines stop at a command that failed', async () => {
    const lines = ['greengate authorize', 'kubectl apply -f k8s/']
    expect(await deploysOf(`deploy:\n  script:\n${lines.map((line) => `    - ${line}\n`).join('')}`, { path: '.gitlab-ci.yml' })).toEqual(['+ kubectl apply -f k8s/']) // prettier-ignore
    expect(await deploysOf(`steps:\n  - script: |\n${lines.map((line) => `      ${line}\n`).join('')}`, { path: 'azure-pipelines.yml' })).toEqual(['- kubectl apply -f k8s/']) // prettier-ignore
  })
})
