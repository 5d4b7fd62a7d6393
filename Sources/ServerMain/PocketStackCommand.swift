@main
struct PocketStackCommand { static func main() async {} }
