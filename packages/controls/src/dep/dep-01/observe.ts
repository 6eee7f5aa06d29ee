import {
  CannotObserve,
  type Check,
  type CheckContext,
  DEPLOY_ATTEMPTS,
  defineCheck,
  type TreePort,
} from '@greengate/contracts'
import { pipelineDeploys } from '../../lib/pipeline-deploys.ts'
import { pipelineSteps } from '../../lib/pipeline-steps.ts'
import { readPipelines as readCommands } from '../../lib/pipeline.ts'
import { control } from './control.ts'
import { judge, type Observation } from './judge.ts'

const DEPLOY_ACTIONS =
  /(amazon-ecs-deploy|azure\/webapps-deploy|google-github-actions\/deploy|superfly\/flyctl-actions|akhileshns\/heroku-deploy|azure\/k8s-deploy|cloudflare\/wrangler-action)/i
const PIPELINES =
  /^(\.(github|forgejo|gitea)\/workflows\/[^/]+\.ya?ml|\.gitlab-ci\.ya?ml|\.gitlab\/ci\/.+\.ya?ml|\.circleci\/config\.ya?ml|azure-pipelines[^/]*\.ya?ml|bitbucket-pipelines\.ya?ml|\.travis\.yml|\.drone\.ya?ml|\.woodpecker(\/.+)?\.ya?ml)$/

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

type Bed = Parameters<Check['clean']>[0]
const step = (run: string): Record<string, string> => ({
  '.github/workflows/release.yml': `on: push\njobs:\n  release:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: ${run}\n`,
})
/** Ways past the gate that look as if they went through it; few, because each tries all deploys. */
const SIDE_DOORS: Readonly<Record<string, Record<string, string>>> = {
  'deploys-when-the-gate-refuses': step('greengate deploy || kubectl -n prod apply -f k8s/'),
  'script-deploys': { ...step('./scripts/release.sh'), 'scripts/release.sh': '#!/bin/sh\nkubectl apply -f k8s/\n' },
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
    ...Object.entries(SIDE_DOORS).map(([id, files]) => ({
      id,
      breaks: 'pipeline' as const,
      code: 'deploy-step-without-gate',
      arrange: (bed: Bed) => bed.tree(files, { config: { deploy: DEPLOY } }),
    })),
  ],
})

const DEPLOY = { command: ['true'], credentials: ['DEPLOY_TOKEN'], timeoutMs: 60_000 }

async function readPipelines(tree: TreePort): Promise<Pick<Observation, 'steps' | 'pipelines' | 'notUnderstood'>> {
  const steps: Observation['steps'] = []
  const pipelines: string[] = []
  const notUnderstood: string[] = []
  const { commands } = await readCommands(tree)
  for (const file of tree.files.filter((candidate) => PIPELINES.test(candidate.path))) {
    pipelines.push(file.path)
    try {
      const found = pipelineSteps(file.path, await tree.read(file.path))
      for (const step of found)
        if (DEPLOY_ACTIONS.test(step.uses))
          steps.push({ where: step.where, command: step.uses.slice(0, 200), gated: false })
      for (const deploy of await pipelineDeploys(tree, file.path, found, commands))
        steps.push({ ...deploy, command: deploy.command.slice(0, 200) })
    } catch {
      notUnderstood.push(file.path)
    }
  }
  return { steps, pipelines, notUnderstood }
}
