/** The steps of node-fs.test.ts as uid 1000 on both sides. */
import { becomeOrdinaryUser } from '../harness/ordinary-user.ts';
import './node-fs.test.ts';

becomeOrdinaryUser('random calls of node:fs');
