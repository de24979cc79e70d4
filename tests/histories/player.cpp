#include "player.hpp"

#include <fmt/format.h>

namespace dcs::histories {

void Player::play(const Step& step) {
    static const std::map<std::string, Deed, std::less<>> deeds{
        {"edit", &Player::edit},
        {"create", &Player::create},
        {"remove", &Player::remove},
        {"lock", &Player::lock},
        {"unlock", &Player::lock},
        {"move", &Player::move},
        {"zone", &Player::zone},
        {"advance", &Player::advance},
        {"hand", &Player::hand},
        {"stale", &Player::stale},
        {"release", &Player::release},
        {"webhooks", &Player::webhooks},
        {"note", &Player::note},
        {"run", &Player::run},
        {"person", &Player::person},
        {"reload", &Player::reload},
        {"kill", &Player::kill},
        {"kill_at", &Player::kill_at},
        {"suspend", &Player::suspend},
        {"restart", &Player::restart},
        {"pg_crash", &Player::database_fault},
        {"pg_backend_kill", &Player::database_fault},
        {"pg_terminate", &Player::database_fault},
        {"pg_readonly", &Player::database_fault},
        {"pg_few", &Player::database_fault},
        {"pg_default", &Player::database_fault},
        {"wire", &Player::wire},
        {"drchrono", &Player::drchrono},
        {"lag", &Player::lag},
        {"expire", &Player::expire},
        {"pubsub", &Player::pubsub},
    };
    world_.turn(step.pause);
    const auto deed = deeds.find(step.act);
    if (deed == deeds.end()) return;
    if ((this->*deed->second)(step)) ++played_[coverage_name(step)];
}

}  // namespace dcs::histories
