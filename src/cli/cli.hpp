#pragma once
// Cli: the commands of drchrono-sync; each a file of this folder.

namespace dcs::cli {

/// Reads the command line, runs one command, returns the process's exit status.
int run(int argc, char** argv);

}  // namespace dcs::cli
