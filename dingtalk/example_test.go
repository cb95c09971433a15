package dingtalk_test

import (
	"fmt"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
)

func ExampleNew() {
	factory, err := dingtalk.New(dingtalk.Options{Language: "en_US"})
	if err != nil {
		fmt.Println(err)
		return
	}
	registry, err := provider.NewRegistry(factory)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range registry.Factories() {
		fmt.Println(f.Kind(), f.Title(), f.Abilities())
	}
	// Output: dingtalk DingTalk [CallbackRegistrar CodeScripter DepartmentFinder DirectoryReader DirectoryWriter EventDecoder EventStreamer LoginFlow MediaUploader MessageRecaller MessageSender MessageTracker PageSigner PersonFinder RobotRecaller RobotSender RobotTracker StatusUpdater Verifier]
}

func ExampleOptions_Validate() {
	fmt.Println(dingtalk.Options{Attempts: 20}.WithDefaults().Validate())
	// Output: Attempts 20: 1 to 10
}
