/** The cases of node-differential.test.ts and node-differential-random.test.ts once more, as uid 1000 on both sides. */
import { becomeOrdinaryUser } from '../harness/ordinary-user.ts';
import './node-differential.test.ts';
import './node-differential-random.test.ts';

becomeOrdinaryUser('the calls of node:fs');
