import { CannotObserve, type CheckContext, DEPLOY_ATTEMPTS, defineCheck, type TreePort } from '@greengate/contracts'
import { parseAllDocuments } from 'yaml'
import { control } from './control.ts'
import { judge, type Observation } from './judge.ts'

/** Commands that put something where users are. Publishing a package or pushing an image deploys nothing yet. */
const DEPLOY_COMMANDS =
  /\b(kubectl\s+(?:apply|set\s+image|rollout\s+restart|replace)|helm\s+(?:upgrade|install)|terraform\s+apply|pulumi\s+up|(?:aws\s+ecs\s+update-service|aws\s+lambda\s+update-function-code|aws\s+deploy\s+create-deployment)|gcloud\s+(?:run|app|functions)\s+deploy|az\s+webapp\s+(?:deploy|up)|(?:fly|flyctl)\s+deploy|vercel\b.*--prod|netlify\s+deploy\b.*--prod|wrangler\s+(?:deploy|publish)|serverless\s+deploy|sls\s+deploy|cdk\s+deploy|argocd\s+app\s+sync|kamal\s+deploy|cap\s+\w+\s+deploy|ansible-playbook\b.*deploy|docker\s+stack\s+deploy|heroku\s+container:release|git\s+push\s+(?:heroku|dokku)\b)/
const DEPLOY_ACTIONS =
  /(amazon-ecs-deploy|azure\/webapps-deploy|google-github-actions\/deploy|superfly\/flyctl-actions|akhileshns\/heroku-deploy|azure\/k8s-deploy|cloudflare\/wrangler-action)/i
const PIPELINES =
  /^(\.github\/workflows\/[^/]+\.ya?ml|\.gitlab-ci\.ya?ml|\.circleci\/config\.ya?ml|azure-pipelines\.ya?ml|bitbucket-pipelines\.ya?ml|\.drone\.ya?ml|\.woodpecker\.ya?ml)$/
const GATE = /\bgreengate\s+(?:deploy|authorize)\b/

/** The adapter that ignores all evidence: what a pipeline without a gate does. Started by a positive control only. */
const IGNORES_EVIDENCE =
  'const {spawnSync}=require("node:child_process");const {RECORDING_ADAPTER}=process.env;process.exit(spawnSync(process.execPath,[RECORDING_ADAPTER],{stdio:"inherit"}).status??1)'

async function observe(context: CheckContext): Promise<{ data: Observation; exercised: Record<string, number> }> {
  if (!context.config.deploy) {
    throw new CannotObserve(
      'no-deploy-adapter',
      'It is not known how this service is deployed.',
      'Declare `deploy.command` and `deploy.credentials` in the configuration, and deploy with `greengate deploy`.',
    )
  }
  if (!context.deployer)
    throw new CannotObserve(
      'no-deployer',
      'Deploys cannot be tried from here.',
      'Run `greengate check` where Greengate is installed.',
    )
  const attempts = []
  for (const kind of DEPLOY_ATTEMPTS) {
    context.progress(`deploy with ${kind} evidence`)
    attempts.push({ ...(await context.deployer.attempt(kind)) })
  }
  const pipeline = context.tree ? await readPipelines(context.tree) : { steps: [], pipelines: [], notUnderstood: [] }
  return {
    data: { attempts, ...pipeline },
    exercised: { attempts: attempts.length, pipelines: pipeline.pipelines.length },
  }
}

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: [], effect: 'write', quiet: false, timeoutMs: 180_000 },
  observe,
  clean: (bed) => bed.tree({ 'README.md': 'A service.\n' }, { config: { deploy: DEPLOY } }),
  positiveControls: [
    {
      id: 'adapter-ignores-evidence',
      breaks: 'refusals',
      code: 'deployed-without-green',
      arrange: async (bed) => {
        const context = await bed.tree({ 'README.md': 'A service.\n' }, { config: { deploy: DEPLOY } })
        const { deployer } = context
        return deployer
          ? {
              ...context,
              deployer: { attempt: (kind) => deployer.attempt(kind, [process.execPath, '-e', IGNORES_EVIDENCE]) },
            }
          : context
      },
    },
    {
      id: 'workflow-deploys-by-itself',
      breaks: 'pipeline',
      code: 'deploy-step-without-gate',
      arrange: (bed) =>
        bed.tree(
          {
            '.github/workflows/release.yml':
              'on: push\njobs:\n  release:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: |\n          kubectl apply -f k8s/\n',
          },
          { config: { deploy: DEPLOY } },
        ),
    },
  ],
})

const DEPLOY = { command: ['true'], credentials: ['DEPLOY_TOKEN'], timeoutMs: 60_000 }

async function readPipelines(tree: TreePort): Promise<Pick<Observation, 'steps' | 'pipelines' | 'notUnderstood'>> {
  const steps: Observation['steps'] = []
  const pipelines: string[] = []
  const notUnderstood: string[] = []
  for (const file of tree.files.filter((candidate) => PIPELINES.test(candidate.path))) {
    pipelines.push(file.path)
    const text = await tree.read(file.path)
    if (parseAllDocuments(text).some((document) => 'errors' in document && document.errors.length > 0)) {
      notUnderstood.push(file.path)
      continue
    }
    for (const [index, line] of text.split('\n').entries()) {
      if (/^\s*#/.test(line)) continue
      if (!DEPLOY_COMMANDS.test(line) && !DEPLOY_ACTIONS.test(line)) continue
      steps.push({ where: `${file.path}:${index + 1}`, command: line.trim().slice(0, 200), gated: GATE.test(line) })
    }
  }
  return { steps, pipelines, notUnderstood }
}
