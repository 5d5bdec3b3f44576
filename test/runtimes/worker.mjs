/** Runs the suite in a worker of workerd: there is no `node:sqlite`, and no file. */
import { runSuite } from './suite.mjs';

export default {
  async fetch() {
    return Response.json(await runSuite());
  },
};
