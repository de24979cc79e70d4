#include "cli/cli.hpp"

int main(int argc, char** argv) { return dcs::cli::run(argc, argv); }
