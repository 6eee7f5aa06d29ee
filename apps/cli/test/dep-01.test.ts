// Goal: DEP-01 with real deploys. Method: its observer starts `greengate deploy` as a process, once per state of evidence.
import { check } from '@greengate/controls/dep-01-check'
import { describeCheck } from '@greengate/runner/testing'
import { createDeployer } from '../src/deployer.ts'

describeCheck(check, { deployer: createDeployer({ signal: new AbortController().signal }) })
