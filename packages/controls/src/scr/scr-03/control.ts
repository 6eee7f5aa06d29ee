import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-03',
  title: 'No secret in image layers, compose files, manifests; all come from outside',
  why: 'Whoever can pull an image can read all of its layers, deleted files included; a study of Docker Hub in 2023 found secrets in about one image of twelve.',
  fix: '1. Remove secrets from build arguments, `COPY` and `ENV`; use build secrets that leave no layer. 2. Refer in compose files and manifests to a secret store, never to a value. 3. Add secret files to `.dockerignore`. 4. Rotate every secret that was ever in a pushed layer: deleting the tag is not enough.',
  gates: ['deploy'],
  standards: ['C', 'R'],
  proof: ['artifact'],
  scope: ['component'],
  binds: ['artifact', 'tree'],
  maxAgeS: 604800,
  params: {},
}
