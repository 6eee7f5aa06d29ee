import { describeCheck } from '@greengate/runner/testing'
import { check } from './observe.ts'

describeCheck(check)
